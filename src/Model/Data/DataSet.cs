namespace MnistDistributed.Model.Data;

/// <summary>A data set in MNIST's format: training and test images, and the digest by which a run names them.</summary>
/// <param name="Train">The images of <c>train-*</c>; the last of them may be held out for validation.</param>
/// <param name="Test">The images of <c>t10k-*</c>, used once, after training.</param>
/// <param name="Digest">SHA-256, in lower-case hex, over the four raw IDX files' own SHA-256 in the order train images, train labels, test
/// images, test labels; of images that are transposed as they are read, those of files that have them so.</param>
public sealed record DataSet(ImageSet Train, ImageSet Test, string Digest)
{
    /// <summary>Number of classes: the largest label and one.</summary>
    public int Classes => Math.Max(Train.Classes, Test.Classes);
}
