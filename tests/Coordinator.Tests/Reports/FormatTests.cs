using MnistDistributed.Coordinator.Reports;

namespace MnistDistributed.Coordinator.Tests.Reports;

public class FormatTests
{
    [Theory]
    [InlineData(0.9912, "99.12%")]
    [InlineData(1.0, "100.00%")]
    [InlineData(null, "–")]
    [InlineData(double.NaN, "–")]
    public void Shares_are_per_cent(double? share, string text) => Assert.Equal(text, Format.Percent(share));

    [Theory]
    [InlineData(0.5, "50.0%")]
    [InlineData(0.9989, "99.9%")]
    [InlineData(0.99996, ">99.9%")]
    [InlineData(double.NaN, "–")]
    public void Certainty_is_not_claimed_by_rounding(double probability, string text) =>
        Assert.Equal(text, Format.Probability(probability));

    [Theory]
    [InlineData(0.04, "0.0 s")]
    [InlineData(58.31, "58.3 s")]
    [InlineData(99.96, "1 min 40 s")]
    [InlineData(187.4, "3 min 07 s")]
    [InlineData(3599.6, "1 h 00 min")]
    [InlineData(90061, "25 h 01 min")]
    [InlineData(double.PositiveInfinity, "–")]
    public void Times_are_in_units_that_fit(double seconds, string text) => Assert.Equal(text, Format.Duration(seconds));

    [Theory]
    [InlineData(1e-8, "0.00000001")]
    [InlineData(0.001, "0.001")]
    [InlineData(0, "0")]
    [InlineData(1e-300, "1E-300")]
    public void Settings_are_exact(double value, string text) => Assert.Equal(text, Format.Setting(value));

    [Theory]
    [InlineData(0.00082, "0.00082")]
    [InlineData(4.1e-9, "4.1e-09")]
    public void Rates_have_three_digits(double rate, string text) => Assert.Equal(text, Format.Rate(rate));

    [Fact]
    public void Counts_have_thousands() => Assert.Equal("10,000", Format.Count(10000));
}
