namespace MnistDistributed.Model.Protocol;

internal static class Timestamps
{
    /// <summary>The timestamp at which <paramref name="span"/> will have passed.</summary>
    public static long After(this TimeProvider time, TimeSpan span) => time.GetTimestamp() + (long)(span.TotalSeconds * time.TimestampFrequency);
}
