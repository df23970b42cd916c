using System.Diagnostics;
using MnistDistributed.Coordinator.Terminal;

namespace MnistDistributed.Coordinator.Tests.Terminal;

public sealed class ShellWordTests
{
    [Theory]
    [InlineData("runs/20260131-093000", "runs/20260131-093000")]
    [InlineData("my run", "\"my run\"")]
    [InlineData("a&b[1]#", "\"a&b[1]#\"")]
    public void Only_what_a_shell_would_take_for_its_own_is_quoted(string text, string word) => Assert.Equal(word, ShellWord.Of(text));

    [Theory]
    [InlineData("it's 5 $HOME `x` \"y\" (z)*")]
    [InlineData("lauf ä;b|c")]
    public void A_shell_reads_it_as_it_was(string text)
    {
        Needs.Unix();
        using var shell =
            Process.Start(new ProcessStartInfo("sh", ["-c", $"printf %s {ShellWord.Of(text)}"]) { RedirectStandardOutput = true })!;
        Assert.Equal(text, shell.StandardOutput.ReadToEnd());
    }
}
