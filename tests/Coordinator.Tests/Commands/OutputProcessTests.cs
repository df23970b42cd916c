using MnistDistributed.Coordinator.Runs;

namespace MnistDistributed.Coordinator.Tests.Commands;

/// <summary>What comes of a command whose output cannot be written: what is printed is no part of its work.</summary>
public sealed class OutputProcessTests : IDisposable
{
    private const string Full = "Standard output cannot be written (No space left on device): what is printed there is lost.";

    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Theory]
    [InlineData(">/dev/full", "No space left on device")]
    [InlineData(">&-", "it is closed")]
    [InlineData("> >(exec head -n 1 >/dev/null)", "Broken pipe")]
    public async Task A_training_goes_on_to_its_report_and_notes_the_loss_once(string redirection, string problem)
    {
        Needs.Linux();
        await using var train = Start(redirection, "train", "--data", "data", "--validation", "500", "--epochs", "1");
        var (code, output, error) = await train.Result();
        Assert.Equal((0, ""), (code, output));
        Assert.Equal($"Standard output cannot be written ({problem}): what is printed there is lost.", error);
        string run = _workspace.RunIn("runs");
        Assert.Equal("done", Workspace.Metric(run, "state"));
        Assert.True(File.Exists(Path.Combine(run, "report.html")));
        Assert.Contains(problem, RunState.Read(run)!.Note, StringComparison.Ordinal);
        Assert.Contains("outputLost", File.ReadAllText(Path.Combine(run, "metrics.json")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(">/dev/full 2>&1")]
    [InlineData(">&- 2>&-")]
    public async Task A_training_that_can_say_nothing_at_all_ends_as_well(string redirection)
    {
        Needs.Linux();
        await using var train = Start(redirection, "train", "--data", "data", "--validation", "500", "--epochs", "1");
        Assert.Equal(0, await train.End());
        Assert.Equal("done", Workspace.Metric(_workspace.RunIn("runs"), "state"));
    }

    [Fact]
    public async Task A_failure_keeps_its_exit_code_where_standard_error_is_full()
    {
        Needs.Linux();
        await using var train = Start("2>/dev/full", "train", "--slots", "12");
        Assert.Equal(
            (2, "Standard error cannot be written (No space left on device): what is printed there is lost.", ""), await train.Result());
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("train", "--help")]
    [InlineData("--version")]
    [InlineData("runs")]
    [InlineData("runs", "--json")]
    public async Task A_command_that_only_prints_fails_where_it_cannot(params string[] arguments)
    {
        Needs.Linux();
        await using var full = Start(">/dev/full", arguments);
        Assert.Equal((1, "", Full), await full.Result());
    }

    [Fact]
    public async Task A_command_that_only_prints_ends_quietly_when_its_reader_has_gone()
    {
        Needs.Unix();
        // The reader has gone before the command begins.
        await using var help = Start("> >(exec true)", "train", "--help");
        Assert.Equal((0, "", ""), await help.Result());
    }

    [Fact]
    public async Task A_command_that_works_does_its_work_where_it_cannot_tell_of_it()
    {
        Needs.Linux();
        await using var certificates = Start(">/dev/full", "certificates", "certs");
        Assert.Equal((0, "", Full), await certificates.Result());
        Assert.NotEmpty(Directory.GetFiles(_workspace.InFolder("certs"), "*", SearchOption.AllDirectories));
    }

    private ProgramProcess Start(string redirection, params string[] arguments) =>
        Programs.Redirected("MnistDistributed.Coordinator.dll", _workspace.Folder, redirection, arguments);
}
