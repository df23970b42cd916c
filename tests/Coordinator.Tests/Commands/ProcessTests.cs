using System.Text.RegularExpressions;
using MnistDistributed.Coordinator.Commands;
using MnistDistributed.Model.Data;

namespace MnistDistributed.Coordinator.Tests.Commands;

/// <summary>The program as a person runs it, in a process of its own.</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public async Task Ctrl_C_writes_a_checkpoint_says_how_to_go_on_and_going_on_gives_the_same_weights()
    {
        Needs.Unix();
        await using var whole = _workspace.Train("--epochs", "12", "--out", "whole");
        Assert.Equal(0, await whole.End());

        await using var train = _workspace.Train("--epochs", "12", "--out", "stopped");
        await train.Line("epoch 1 done");
        train.Signal("INT");
        var stopped = await train.Result();
        Assert.Equal(130, stopped.Code);
        Assert.Equal("stopped", Metric("stopped", "state"));
        string run = _workspace.RunIn("stopped");
        Assert.Contains("The run was stopped", File.ReadAllText(Path.Combine(run, "report.html")), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(run, "model.safetensors")));
        string hint = Regex.Match(
            stopped.Output,
            @"Stopped after step [\d,]+ of [\d,]+; a checkpoint is written\. "
            + @"Go on with: \./mnist (train --resume stopped/\S+ --data data)").Groups[1].Value;
        Assert.NotEmpty(hint);
        var resumed = await _workspace.Run([.. hint.Split(' '), "--workers", "3"]);
        Assert.Equal(0, resumed.Code);
        Assert.Equal(Metric("whole", "weightsSha256"), Metric("stopped", "weightsSha256"));
        Assert.Equal("done", Metric("stopped", "state"));
    }

    [Fact]
    public async Task Sigterm_before_the_first_step_is_no_failure_and_has_its_own_exit_code()
    {
        Needs.Unix();
        await using var train = _workspace.Train("--workers", "auto");
        await train.Line("Run ");
        train.Signal("TERM");
        var (code, output, error) = await train.Result();
        Assert.Equal(143, code);
        Assert.Empty(error);
        Assert.Contains("\nStopped after step ", output, StringComparison.Ordinal);
        Assert.Equal("stopped", Metric("runs", "state"));
    }

    [Fact]
    public async Task The_same_signal_twice_at_once_is_one_as_timeout_sends_it()
    {
        Needs.Unix();
        await using var train = _workspace.Train("--epochs", "50");
        await train.Line("epoch 1 done");
        ProgramProcess.Signal("TERM", train.Id, train.Id);
        var (code, output, error) = await train.Result();
        Assert.Equal((143, ""), (code, error));
        Assert.Contains("\nStopped after step ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_terminal_that_closes_stops_a_run_in_order_however_often_it_says_so()
    {
        Needs.Unix();
        await using var train = _workspace.Train("--epochs", "50");
        await train.Line("epoch 1 done");
        // The shell's, and then the system's own.
        train.Signal("HUP");
        train.Signal("HUP");
        var (code, output, error) = await train.Result();
        Assert.Equal((129, ""), (code, error));
        Assert.Contains("\nStopped after step ", output, StringComparison.Ordinal);
        Assert.Equal("stopped", Metric("runs", "state"));
    }

    [Fact]
    public async Task Under_nohup_a_terminal_that_closes_is_nothing_to_a_run()
    {
        Needs.Unix();
        await using var train = ProgramProcess.Start("nohup", _workspace.Folder,
            [ProgramProcess.DotNet, typeof(CommandErrors).Assembly.Location, "train", "--data", "data", "--validation", "500",
                "--epochs", "12"]);
        await train.Line("epoch 1 done");
        train.Signal("HUP");
        Assert.Equal(0, await train.End());
        Assert.Equal("done", Metric("runs", "state"));
    }

    [Fact]
    public async Task A_second_Ctrl_C_ends_a_run_that_waits_for_a_full_disk()
    {
        Needs.Unix();
        await using var train = _workspace.Train();
        await train.Line("Run ");
        // A file where the folder of the checkpoints would be is as good as a full disk.
        File.WriteAllText(Path.Combine(_workspace.RunIn("runs"), "checkpoints"), "");
        await train.Line("The checkpoint is not on disk");
        train.Signal("INT");
        await train.Line("Stopping after the step in progress");
        await train.SignalUntilEnd("INT");
        var (code, output, _) = await train.Result();
        Assert.Equal(130, code);
        Assert.DoesNotContain("Stopped after step", output, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_workspace.RunIn("runs"), "metrics.json")));
    }

    [Fact]
    public async Task Ctrl_Z_pauses_without_suspending_and_sigcont_lets_the_run_go_on()
    {
        Needs.Unix();
        await using var train = _workspace.Train("--epochs", "12");
        await train.Line("epoch 1 done");
        train.Signal("TSTP");
        await train.Line("Paused at step ");
        train.Signal("CONT");
        var (code, output, _) = await train.Result();
        Assert.Equal(0, code);
        Assert.Matches(@"\nPaused at step \d+ of 336; \./mnist resume runs/\S+ goes on\.\nThe run goes on\.\n", output);
        Assert.Equal("done", Metric("runs", "state"));
    }

    [Fact]
    public async Task A_run_is_stopped_by_a_command_and_both_end_well()
    {
        await using var train = _workspace.Train("--epochs", "50");
        await train.Line("epoch 1 done");
        var stop = await _workspace.Run("stop", _workspace.RunIn("runs"));
        Assert.Equal((0, "The run stops after the step in progress; it is saved, evaluated and reported then.", ""), stop);
        var (code, output, _) = await train.Result();
        Assert.Equal(0, code);
        Assert.Contains("\nStopped after step ", output, StringComparison.Ordinal);
        Assert.Equal("stopped", Metric("runs", "state"));
    }

    [Fact]
    public async Task A_run_whose_numbers_are_no_longer_finite_fails_and_reports_what_it_had_come_to()
    {
        var (code, output, error) = await _workspace.Run(
            "train", "--data", "data", "--validation", "500", "--optimizer", "sgd", "--learning-rate", "1e38");
        Assert.Equal(1, code);
        Assert.Contains("the training has diverged.", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.Contains("\nReport  runs", output, StringComparison.Ordinal);
        Assert.Equal("failed", Metric("runs", "state"));
        Assert.Contains("the training has diverged.", Metric("runs", "failure"), StringComparison.Ordinal);
        string report = await File.ReadAllTextAsync(Path.Combine(_workspace.RunIn("runs"), "report.html"), Cancelled);
        Assert.Contains("<b>The run failed</b> after step ", report, StringComparison.Ordinal);
        Assert.Matches(@"\n\S+ +failed ", (await _workspace.Run("runs")).Output);
    }

    [Fact]
    public async Task A_run_that_diverges_ends_in_order_and_says_so_wherever_one_looks()
    {
        var (code, output, _) = await _workspace.Run([
            "train", "--data", "data", "--validation", "500", "--epochs", "1", "--optimizer", "sgd", "--schedule", "constant",
            "--momentum", "0", "--learning-rate", "30"]);
        const string says = "Training has diverged: the loss on the test images is ";
        string run = _workspace.RunIn("runs");
        Assert.Equal((0, "done"), (code, Metric("runs", "state")));
        Assert.Contains(says, output, StringComparison.Ordinal);
        Assert.Contains(says, (await _workspace.Run("runs")).Output, StringComparison.Ordinal);
        Assert.Contains(says, await File.ReadAllTextAsync(Path.Combine(run, "report.html"), Cancelled), StringComparison.Ordinal);
        Assert.Contains("\"kind\": \"diverged\"", await File.ReadAllTextAsync(Path.Combine(run, "metrics.json"), Cancelled),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("The number of slots is a power of two from 1 to 1024, not 12", "--slots", "12")]
    [InlineData("--redis: give HOST:PORT", "--redis", "a,b=c")]
    public async Task Wrong_usage_is_one_line_and_exit_code_2(string says, params string[] arguments)
    {
        await using var train = _workspace.Train(arguments);
        var (code, line) = await train.OnlyError();
        Assert.Equal(2, code);
        Assert.StartsWith(says, line, StringComparison.Ordinal);
        Assert.Empty(train.Output);
    }

    [Fact]
    public async Task A_run_that_cannot_begin_is_one_line_and_exit_code_1()
    {
        File.WriteAllBytes(_workspace.InFolder($"data/{MnistFiles.TestLabels}"), [1, 2, 3]);
        var (code, output, error) = await _workspace.Run("train", "--data", "data");
        Assert.Equal((1, ""), (code, output));
        Assert.Contains(MnistFiles.TestLabels, Assert.Single(error.Split('\n')), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_workspace.InFolder("runs")));
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string? Metric(string parent, string name) => Workspace.Metric(_workspace.RunIn(parent), name);
}
