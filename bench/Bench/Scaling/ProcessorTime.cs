namespace MnistDistributed.Bench.Scaling;

/// <summary>
/// The processor time of this process: what others do on the machine is not in it, unlike in the time on the wall. On a machine that does
/// nothing else the two are the same.
/// </summary>
public static class ProcessorTime
{
    /// <summary>Seconds that an action takes, on all threads of this process together.</summary>
    public static double Of(Action action)
    {
        var before = Environment.CpuUsage.TotalTime;
        action();
        return (Environment.CpuUsage.TotalTime - before).TotalSeconds;
    }

    /// <summary>The median of several times, after some that do not count: what they run is still compiled then.</summary>
    /// <param name="before">How many do not count.</param>
    /// <param name="repeats">How many do.</param>
    /// <param name="seconds">Measures the time of one, given its number.</param>
    public static double MedianOf(int before, int repeats, Func<int, double> seconds) =>
        Median.Of(Enumerable.Range(0, before + repeats).Select(seconds).ToList().Skip(before));
}
