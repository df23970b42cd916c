using System.Text.RegularExpressions;

namespace MnistDistributed.Model.Data;

/// <summary>
/// What one of the four files of a data set is, and the names by which loaders and sites have it: <c>train-images-idx3-ubyte</c>,
/// <c>train-images.idx3-ubyte</c>, <c>emnist-letters-train-images-idx3-ubyte</c>, each also with <c>.gz</c>; test files begin with
/// <c>t10k</c> or with <c>test</c>.
/// </summary>
/// <param name="Name">MNIST's own name of the file.</param>
/// <param name="Noun">What it holds, such as <c>training images</c>.</param>
/// <param name="Pattern">What its name is like; the part before the role's own words is the group <c>prefix</c>.</param>
internal sealed record FileRole(string Name, string Noun, Regex Pattern)
{
    /// <summary>All four, in the order of <see cref="MnistFiles.All"/>.</summary>
    public static IReadOnlyList<FileRole> All { get; } =
    [
        Of(MnistFiles.TrainImages, "training images", "train", "images[-_.]idx3"),
        Of(MnistFiles.TrainLabels, "training labels", "train", "labels[-_.]idx1"),
        Of(MnistFiles.TestImages, "test images", "(t10k|test)", "images[-_.]idx3"),
        Of(MnistFiles.TestLabels, "test labels", "(t10k|test)", "labels[-_.]idx1"),
    ];

    /// <summary>Whether it is that of a file's name.</summary>
    public bool Fits(string path) => Pattern.IsMatch(Path.GetFileName(path));

    /// <summary>What a file's name begins with before the role's own words, such as <c>emnist-letters</c>; empty for MNIST's own.</summary>
    public string PrefixOf(string path) => Pattern.Match(Path.GetFileName(path)).Groups["prefix"].Value;

    // A name with a point in front is of no data: macOS leaves such beside what it packs.
    private static FileRole Of(string name, string noun, string part, string kind) => new(name, noun, new Regex(
        $@"^((?<prefix>[^.].*)[-_.])?{part}[-_.]{kind}[-_.]ubyte(\.gz)?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant));
}
