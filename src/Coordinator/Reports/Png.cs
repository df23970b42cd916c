using StbImageWriteSharp;

namespace MnistDistributed.Coordinator.Reports;

/// <summary>A writer of 8-bit gray PNG files.</summary>
public static class Png
{
    /// <summary>Encodes an image.</summary>
    /// <param name="pixels"><c>[height, width]</c>, 0 is black.</param>
    /// <param name="width">Width in pixels; it divides the number of pixels.</param>
    public static byte[] Encode(ReadOnlySpan<byte> pixels, int width)
    {
        using var png = new MemoryStream();
        new ImageWriter().WritePng(pixels.ToArray(), width, pixels.Length / width, ColorComponents.Grey, png);
        return png.ToArray();
    }

    /// <summary>An image as a <c>data:</c> address, to stand in a page.</summary>
    public static string DataUri(ReadOnlySpan<byte> pixels, int width) =>
        "data:image/png;base64," + Convert.ToBase64String(Encode(pixels, width));
}
