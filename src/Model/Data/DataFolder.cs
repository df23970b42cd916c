using System.Security.Cryptography;

namespace MnistDistributed.Model.Data;

/// <summary>The folder that a data set is loaded from: it holds the four IDX files.</summary>
public static class DataFolder
{
    /// <summary>Loads and checks the four files, raw or else gzipped.</summary>
    /// <param name="folder">The folder that holds them.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="DataException">A file is missing, cannot be read, is not sound, or images and labels do not match.</exception>
    public static DataSet Load(string folder, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder))
            throw new DataException(
                $"{folder}: no such folder; it has to hold the IDX files {string.Join(", ", MnistFiles.All)}, raw or .gz.");

        IdxFile[] files =
            Task.WhenAll(MnistFiles.All.Select(name => Task.Run(() => Read(folder, name, cancellationToken)))).GetAwaiter().GetResult();
        return new DataSet(
            Pair(folder, MnistFiles.TrainImages, files[0], MnistFiles.TrainLabels, files[1]),
            Pair(folder, MnistFiles.TestImages, files[2], MnistFiles.TestLabels, files[3]),
            Digest(files.Select(file => file.Sha256)));
    }

    /// <summary>The digest of a data set.</summary>
    /// <param name="sums">SHA-256 of the raw files, in the order of <see cref="MnistFiles.All"/>.</param>
    /// <returns>See <see cref="DataSet.Digest"/>.</returns>
    public static string Digest(IEnumerable<byte[]> sums)
    {
        byte[] all = [.. sums.SelectMany(sum => sum)];
        return Convert.ToHexStringLower(SHA256.HashData(all));
    }

    private static IdxFile Read(string folder, string name, CancellationToken cancellationToken)
    {
        string raw = Path.Combine(folder, name);
        string path = File.Exists(raw) ? raw : raw + ".gz";
        if (!File.Exists(path))
            throw new DataException($"{raw}: no such file, nor {name}.gz; the folder has to hold {string.Join(", ", MnistFiles.All)}.");
        try
        {
            // The reader asks for large pieces itself; a buffer would only copy them once more.
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
            if (!stream.CanSeek)
                throw new DataException($"{path}: a pipe or a device; it has to be a file.");
            return name.Contains("images", StringComparison.Ordinal)
                ? IdxReader.ReadImages(stream, path, cancellationToken)
                : IdxReader.ReadLabels(stream, path, cancellationToken);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: cannot be read: {error.Message}", error);
        }
    }

    private static ImageSet Pair(string folder, string imagesName, IdxFile images, string labelsName, IdxFile labels) =>
        images.Count == labels.Count
            ? new ImageSet(images.Items, labels.Items)
            : throw new DataException(
                $"{folder}: {images.Count} images in {imagesName} but {labels.Count} labels in {labelsName}; each image needs its label.");
}
