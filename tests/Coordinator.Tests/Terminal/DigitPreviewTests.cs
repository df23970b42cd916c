using MnistDistributed.Coordinator.Terminal;
using MnistDistributed.Coordinator.Tests.Digits;
using Spectre.Console;

namespace MnistDistributed.Coordinator.Tests.Terminal;

public class DigitPreviewTests
{
    [Fact]
    public void Without_shades_characters_show_the_ink()
    {
        string[] rows = Draw(ColorSystemSupport.NoColors);
        Assert.Equal(14, rows.Length);
        Assert.All(rows, row => Assert.Equal(28, row.Length));
        // The bar of the seven, two pixels thick, and nothing above it.
        Assert.Equal("", string.Concat(rows[..3]).Trim());
        Assert.Contains("%", string.Concat(rows[3..6]));
    }

    [Fact]
    public void With_shades_every_character_is_two_pixels() =>
        Assert.Equal(14 * 28, string.Concat(Draw(ColorSystemSupport.TrueColor)).Count(character => character == '▀'));

    private static string[] Draw(ColorSystemSupport colors)
    {
        using var output = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = colors == ColorSystemSupport.NoColors ? AnsiSupport.No : AnsiSupport.Yes,
            ColorSystem = colors,
            Out = new AnsiConsoleOutput(output),
        });
        console.Profile.Capabilities.Unicode = true;
        DigitPreview.Print(console, TestDigits.Image(0));
        return output.ToString().ReplaceLineEndings("\n").Split('\n')[..^1];
    }
}
