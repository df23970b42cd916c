using MnistDistributed.Model.Data;
using Spectre.Console;

namespace MnistDistributed.Coordinator.Digits;

/// <summary>Draws a prepared digit on a terminal, two pixels a character: what the network gets to see.</summary>
public static class DigitPreview
{
    /// <summary>Draws it.</summary>
    /// <param name="console">The terminal.</param>
    /// <param name="digit"><c>[28, 28]</c>.</param>
    public static void Print(IAnsiConsole console, ReadOnlySpan<byte> digit)
    {
        for (int y = 0; y < ImageSet.Side; y += 2)
        {
            for (int x = 0; x < ImageSet.Side; x++)
                console.Write("▀", new Style(Gray(digit[y * ImageSet.Side + x]), Gray(digit[(y + 1) * ImageSet.Side + x])));
            console.WriteLine();
        }
    }

    private static Color Gray(byte level) => new(level, level, level);
}
