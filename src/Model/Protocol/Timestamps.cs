namespace MnistDistributed.Model.Protocol;

internal static class Timestamps
{
    /// <summary>The timestamp at which <paramref name="span"/> will have passed.</summary>
    public static long After(this TimeProvider time, TimeSpan span) =>
        time.GetTimestamp() + (long)(span.TotalSeconds * time.TimestampFrequency);

    /// <summary>Time until a timestamp, in whole milliseconds, rounded up; zero where it has passed.</summary>
    public static TimeSpan Until(this TimeProvider time, long timestamp)
    {
        // Timers drop what is less than a millisecond, and who is woken too early asks in vain.
        double milliseconds = time.GetElapsedTime(time.GetTimestamp(), timestamp).TotalMilliseconds;
        return TimeSpan.FromMilliseconds(Math.Max(0, Math.Ceiling(milliseconds)));
    }
}
