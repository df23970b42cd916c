using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using MnistDistributed.Coordinator.Reports;

namespace MnistDistributed.Coordinator.Tests.Reports;

public class AxisTests
{
    [Fact]
    public void Ticks_are_round_and_hold_the_values()
    {
        Assert.Equal(new Axis(0, 0.1, 3), Axis.FromZero(0.243));
        Assert.Equal([0.92, 0.94, 0.96, 0.98, 1], Axis.ToOne(0.925).Ticks.Select(tick => Math.Round(tick, 12)));
        Assert.Equal(50, Axis.FromZero(0.4).FromTop(0.2), 9);
    }

    [Fact]
    public void Ticks_show_no_more_decimals_than_they_need()
    {
        Assert.Equal(1, Axis.FromZero(0.243).Decimals(1));
        Assert.Equal(0, Axis.ToOne(0.925).Decimals(100));
        Assert.Equal(1, Axis.ToOne(0.98).Decimals(100));
    }

    [Property]
    public Property Any_value_lies_on_its_axis(PositiveInt mantissa, byte exponent)
    {
        double value = mantissa.Get * Math.Pow(10, exponent % 12 - 8);
        var axis = Axis.FromZero(value);
        double share = 1 / (1 + value);
        var toOne = Axis.ToOne(share);
        return (axis.Steps is >= 1 and <= 5 && axis.FromTop(value) is >= -1e-6 and < 100
            && toOne.Steps is >= 1 and <= 5 && toOne.FromTop(share) is > 0 and <= 100 + 1e-6 && Math.Abs(toOne.High - 1) < 1e-9)
            .Label($"{value}: {axis}, {share}: {toOne}");
    }

    [Fact]
    public void Nothing_to_show_still_makes_an_axis()
    {
        Assert.Equal(new Axis(0, 0.01, 1), Axis.FromZero(0));
        Assert.Equal(1, Axis.ToOne(1).High);
    }
}
