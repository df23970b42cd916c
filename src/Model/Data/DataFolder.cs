using System.Security.Cryptography;

namespace MnistDistributed.Model.Data;

/// <summary>The folder that a data set is loaded from: it holds the four IDX files, or folders in it do.</summary>
public static class DataFolder
{
    /// <summary>Finds, loads and checks the four files, raw or else gzipped.</summary>
    /// <param name="folder">The folder that holds them, at whatever depth of a few, under whatever of their usual names. One that holds
    /// several data sets may be followed by what the names of one begin with: <c>gzip/emnist-letters</c>.</param>
    /// <param name="transpose">Whether rows and columns of the images change places, as EMNIST's have to.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="DataException">A file is missing, or there are several of a kind, or it cannot be read, is not sound, or images and
    /// labels do not match.</exception>
    public static DataSet Load(string folder, bool transpose, CancellationToken cancellationToken) =>
        Load(DataFiles.Find(folder), transpose, cancellationToken);

    /// <inheritdoc cref="Load(string, bool, CancellationToken)"/>
    public static DataSet Load(string folder, CancellationToken cancellationToken) => Load(folder, transpose: false, cancellationToken);

    /// <summary>Demands that the four files are there, without reading them.</summary>
    /// <param name="folder">The folder, as for <see cref="Load(string, bool, CancellationToken)"/>.</param>
    /// <exception cref="DataException">They are not.</exception>
    public static void Demand(string folder) => DataFiles.Find(folder);

    /// <summary>Loads and checks four files.</summary>
    /// <param name="paths">Their paths, in the order of <see cref="MnistFiles.All"/>.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="DataException">A file cannot be read, is not sound, or images and labels do not match.</exception>
    /// <param name="transpose">Whether rows and columns of the images change places.</param>
    internal static DataSet Load(IReadOnlyList<string> paths, bool transpose, CancellationToken cancellationToken)
    {
        IdxFile[] files = Task.WhenAll(paths.Select((path, role) => Task.Run(() =>
        {
            bool isImages = role % 2 == 0;
            IdxFile file = Read(path, isImages, cancellationToken);
            return isImages && transpose ? file.Transposed() : file;
        }))).GetAwaiter().GetResult();
        return new DataSet(
            Pair(paths[0], files[0], paths[1], files[1]), Pair(paths[2], files[2], paths[3], files[3]),
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

    private static IdxFile Read(string path, bool isImages, CancellationToken cancellationToken)
    {
        try
        {
            // The reader asks for large pieces itself; a buffer would only copy them once more.
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
            if (!stream.CanSeek)
                throw new DataException($"{path}: a pipe or a device; it has to be a file.");
            return isImages ? IdxReader.ReadImages(stream, path, cancellationToken) : IdxReader.ReadLabels(stream, path, cancellationToken);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: cannot be read: {error.Message}", error);
        }
    }

    private static ImageSet Pair(string imagesPath, IdxFile images, string labelsPath, IdxFile labels) =>
        images.Count == labels.Count
            ? new ImageSet(images.Items, labels.Items)
            : throw new DataException($"{imagesPath}: {images.Count} images in {Path.GetFileName(imagesPath)} but {labels.Count} labels in "
                + $"{Path.GetFileName(labelsPath)}; each image needs its label.");
}
