using MnistDistributed.Model.Data;

namespace MnistDistributed.Coordinator.Digits;

/// <summary>
/// A picture of a digit, made into what MNIST would have made of it: light ink on black, scaled to fit 20x20 pixels
/// with its proportions kept, its centre of mass in the middle of 28x28 (http://yann.lecun.com/exdb/mnist/).
/// </summary>
public static class DigitImage
{
    private const int Box = 20;

    // Below it there is nothing but a camera's or a scanner's noise.
    private const int LeastContrast = 8;

    /// <summary>Prepares a picture.</summary>
    /// <param name="image">Dark ink on light or light on dark; the border is background, and ink what differs most from it.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <returns><c>[28, 28]</c>, 0 is background.</returns>
    /// <exception cref="ImageException">There is nothing on it.</exception>
    public static byte[] Prepare(GrayImage image, string name)
    {
        byte[] ink = Ink(image);
        if (Bounds(ink, image.Width, image.Height) is not { } bounds)
            throw new ImageException($"{name}: the picture is blank; it has to show one digit.");

        double scale = (double)Box / Math.Max(bounds.Width, bounds.Height);
        int width = Math.Max(1, (int)Math.Round(bounds.Width * scale)), height = Math.Max(1, (int)Math.Round(bounds.Height * scale));
        double[] scaled = Scale(ink, image.Width, bounds, width, height);
        return Centre(scaled, width, height);
    }

    /// <summary>
    /// How far each pixel stands out of the background, 0 to 255; what stands out no further than the border's own noise is 0.
    /// </summary>
    private static byte[] Ink(GrayImage image)
    {
        byte[] border = [.. Border(image).Order()];
        byte background = border[border.Length / 2];
        int up = image.Pixels.Max() - background, down = background - image.Pixels.Min(), most = Math.Max(up, down);
        if (most < LeastContrast)
            return new byte[image.Pixels.Length];
        bool dark = up > down;
        byte[] noise = [.. border.Select(Height).Order()];
        // A digit that touches the border is not noise.
        int floor = Math.Min(noise[noise.Length * 19 / 20], most / 4);
        return [.. image.Pixels.Select(pixel => Height(pixel) is var height && height > floor ? (byte)(height * 255 / most) : (byte)0)];

        byte Height(byte pixel) => (byte)Math.Max(0, dark ? pixel - background : background - pixel);
    }

    private static IEnumerable<byte> Border(GrayImage image)
    {
        for (int x = 0; x < image.Width; x++)
        {
            yield return image.Pixels[x];
            yield return image.Pixels[(image.Height - 1) * image.Width + x];
        }
        for (int y = 0; y < image.Height; y++)
        {
            yield return image.Pixels[y * image.Width];
            yield return image.Pixels[(y + 1) * image.Width - 1];
        }
    }

    private static (int X, int Y, int Width, int Height)? Bounds(byte[] ink, int width, int height)
    {
        int left = width, right = -1, top = height, bottom = -1;
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                if (ink[y * width + x] == 0)
                    continue;
                (left, right) = (Math.Min(left, x), Math.Max(right, x));
                (top, bottom) = (Math.Min(top, y), Math.Max(bottom, y));
            }
        }
        return right < 0 ? null : (left, top, right - left + 1, bottom - top + 1);
    }

    /// <summary>Each new pixel is the mean of the area that it covers.</summary>
    private static double[] Scale(byte[] ink, int stride, (int X, int Y, int Width, int Height) from, int width, int height)
    {
        double[] scaled = new double[width * height];
        double stepX = (double)from.Width / width, stepY = (double)from.Height / height;
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                double sum = 0;
                for (int row = (int)(y * stepY); row < Math.Min(from.Height, (y + 1) * stepY); row++)
                {
                    double part = Overlap(row, y * stepY, stepY);
                    for (int column = (int)(x * stepX); column < Math.Min(from.Width, (x + 1) * stepX); column++)
                        sum += part * Overlap(column, x * stepX, stepX) * ink[(from.Y + row) * stride + from.X + column];
                }
                scaled[y * width + x] = sum / (stepX * stepY);
            }
        }
        return scaled;
    }

    /// <summary>How much of the unit interval at <paramref name="index"/> lies in the interval from <paramref name="start"/>.</summary>
    private static double Overlap(int index, double start, double length) => Math.Min(index + 1, start + length) - Math.Max(index, start);

    private static byte[] Centre(double[] scaled, int width, int height)
    {
        double mass = 0, massX = 0, massY = 0;
        for (int i = 0; i < scaled.Length; i++)
        {
            mass += scaled[i];
            massX += scaled[i] * (i % width);
            massY += scaled[i] * (i / width);
        }
        int left = Offset(massX / mass, width), top = Offset(massY / mass, height);

        byte[] image = new byte[ImageSet.Pixels];
        for (int i = 0; i < scaled.Length; i++)
            image[(top + i / width) * ImageSet.Side + left + i % width] = (byte)Math.Round(scaled[i]);
        return image;
    }

    // Never so far that ink falls off the edge.
    private static int Offset(double centre, int size) => Math.Clamp((int)Math.Round(ImageSet.Side / 2 - centre), 0, ImageSet.Side - size);
}
