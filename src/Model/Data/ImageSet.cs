namespace MnistDistributed.Model.Data;

/// <summary>
/// Labelled 28x28 gray images, as in an MNIST pair of IDX files. Read-only after construction, shared by every worker of a silo.
/// </summary>
public sealed class ImageSet
{
    /// <summary>Width and height of an image, in pixels.</summary>
    public const int Side = 28;

    /// <summary>Pixels, and bytes, of one image.</summary>
    public const int Pixels = Side * Side;

    private readonly byte[] _pixels;
    private readonly byte[] _labels;

    /// <summary>Takes ownership of both arrays.</summary>
    /// <param name="pixels"><c>[count, 28, 28]</c>, 0 is background.</param>
    /// <param name="labels"><c>[count]</c>.</param>
    /// <exception cref="ArgumentException">The arrays are not of one count.</exception>
    public ImageSet(byte[] pixels, byte[] labels)
    {
        if (pixels.Length != (long)labels.Length * Pixels)
            throw new ArgumentException(
                $"{pixels.Length} pixel bytes do not make {labels.Length} images of {Pixels} bytes.", nameof(pixels));
        _pixels = pixels;
        _labels = labels;
        Classes = labels.Length == 0 ? 0 : labels.Max() + 1;
    }

    /// <summary>A set without images.</summary>
    public static ImageSet Empty { get; } = new([], []);

    /// <summary>The least number of classes that the labels can be of: the largest of them and one. 0 for none.</summary>
    public int Classes { get; }

    /// <summary>Number of images.</summary>
    public int Count => _labels.Length;

    /// <summary>All labels, <c>[count]</c>.</summary>
    public ReadOnlySpan<byte> Labels => _labels;

    /// <summary>All pixels, <c>[count, 28, 28]</c>.</summary>
    public ReadOnlySpan<byte> AllPixels => _pixels;

    /// <summary>The pixels of one image, <c>[28, 28]</c>.</summary>
    public ReadOnlySpan<byte> Image(int index) => _pixels.AsSpan(index * Pixels, Pixels);
}
