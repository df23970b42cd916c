using MnistDistributed.Model.Protocol.Rounds;

namespace MnistDistributed.Model.Tests.Protocol.Rounds;

public sealed class MedianWindowTests
{
    [Fact]
    public void It_is_the_upper_median_of_the_last_values_and_the_oldest_is_dropped()
    {
        var window = new MedianWindow(4);
        Assert.Equal(0, window.Median());
        double[] medians = [.. new double[] { 9, 1, 5, 2, 8, 8, 3, 3, 3 }.Select(value => { window.Add(value); return window.Median(); })];
        Assert.Equal([9, 9, 5, 5, 5, 8, 8, 8, 3], medians);
    }
}
