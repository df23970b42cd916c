using System.Globalization;

namespace MnistDistributed.Grains.Hosting;

/// <summary>
/// The bound on a message's payload, kept by the sender: Orleans does not refuse a message over its own limit, it tears the
/// connection down and tries again.
/// </summary>
public static class MessageSize
{
    /// <summary>Bytes that a message may carry: Orleans' limit of 100 MiB, less a share for what is around the payload.</summary>
    public const int Limit = 96 << 20;

    /// <summary>Why something cannot be sent, as one sentence; null if it can.</summary>
    /// <param name="bytes">Its size.</param>
    /// <param name="what">What it is, for people.</param>
    public static string? Problem(long bytes, string what) =>
        bytes <= Limit ? null
        : string.Create(CultureInfo.InvariantCulture, $"The {what} is {bytes:N0} bytes, and a message between silos holds {Limit:N0} at "
            + $"most: a narrower network or a smaller data set would do.");
}
