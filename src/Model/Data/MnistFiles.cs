namespace MnistDistributed.Model.Data;

/// <summary>The names of the four files of a data set in MNIST's format; each may also lie gzipped, with <c>.gz</c> appended.</summary>
public static class MnistFiles
{
    /// <summary>The training images.</summary>
    public const string TrainImages = "train-images-idx3-ubyte";

    /// <summary>The training labels.</summary>
    public const string TrainLabels = "train-labels-idx1-ubyte";

    /// <summary>The test images.</summary>
    public const string TestImages = "t10k-images-idx3-ubyte";

    /// <summary>The test labels.</summary>
    public const string TestLabels = "t10k-labels-idx1-ubyte";

    /// <summary>All four, in the order in which a data set's digest takes them.</summary>
    public static IReadOnlyList<string> All { get; } = [TrainImages, TrainLabels, TestImages, TestLabels];
}
