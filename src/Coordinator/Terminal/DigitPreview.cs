using MnistDistributed.Model.Data;
using Spectre.Console;

namespace MnistDistributed.Coordinator.Terminal;

/// <summary>A prepared digit as a terminal shows it, two pixels a character: what the network gets to see.</summary>
public static class DigitPreview
{
    // From background to ink, for terminals without shades.
    private const string Ramp = " .:-=+*#%@";

    /// <summary>Draws it.</summary>
    /// <param name="console">The terminal.</param>
    /// <param name="digit"><c>[28, 28]</c>.</param>
    public static void Print(IAnsiConsole console, ReadOnlySpan<byte> digit)
    {
        bool shades = console.Profile.Capabilities.ColorSystem >= ColorSystem.EightBit && console.Profile.Capabilities.Unicode;
        for (int y = 0; y < ImageSet.Side; y += 2)
        {
            for (int x = 0; x < ImageSet.Side; x++)
            {
                byte upper = digit[y * ImageSet.Side + x], lower = digit[(y + 1) * ImageSet.Side + x];
                if (shades)
                    console.Write("▀", new Style(Gray(upper), Gray(lower)));
                else
                    console.Write(Ramp[(upper + lower) * (Ramp.Length - 1) / 510].ToString());
            }
            console.WriteLine();
        }
    }

    private static Color Gray(byte level) => new(level, level, level);
}
