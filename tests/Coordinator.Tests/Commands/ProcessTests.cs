using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using MnistDistributed.Coordinator.Commands;
using MnistDistributed.Model.Data;

namespace MnistDistributed.Coordinator.Tests.Commands;

/// <summary>The program as a person runs it, in a process of its own.</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mnist-process-").FullName;

    public ProcessTests() => SyntheticSet.Write(Path.Combine(_folder, "data"), training: 4000, test: 600);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Ctrl_C_writes_a_checkpoint_says_how_to_go_on_and_going_on_gives_the_same_weights()
    {
        Needs.Unix();
        string[] train = ["train", "--data", "data", "--validation", "500", "--epochs", "3"];
        var whole = await Run([.. train, "--out", "whole"]);
        Assert.Equal(0, whole.Code);

        var stopped = await Run([.. train, "--out", "stopped"], Signal("INT", at: "epoch 1 done"));
        Assert.Equal(130, stopped.Code);
        Assert.Equal("stopped", Metric("stopped", "state"));
        Assert.Contains("The run was stopped", File.ReadAllText(Path.Combine(RunIn("stopped"), "report.html")), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(RunIn("stopped"), "model.safetensors")));
        string hint = Regex.Match(stopped.Output, @"Stopped after step [\d,]+ of [\d,]+; a checkpoint is written\. Go on with: \./mnist (train --resume stopped/\S+ --data data)").Groups[1].Value;
        Assert.NotEmpty(hint);
        var resumed = await Run([.. hint.Split(' '), "--workers", "3"]);
        Assert.Equal(0, resumed.Code);
        Assert.Equal(Metric("whole", "weightsSha256"), Metric("stopped", "weightsSha256"));
        Assert.Equal("done", Metric("stopped", "state"));
    }

    [Fact]
    public async Task Sigterm_before_the_first_step_is_no_failure_and_has_its_own_exit_code()
    {
        Needs.Unix();
        var (code, output, error) = await Run(["train", "--data", "data", "--validation", "500", "--workers", "auto"], Signal("TERM", at: "Run "));
        Assert.Equal(143, code);
        Assert.Empty(error);
        Assert.Contains("\nStopped after step ", output, StringComparison.Ordinal);
        Assert.Equal("stopped", Metric("runs", "state"));
    }

    [Fact]
    public async Task A_second_Ctrl_C_ends_a_run_that_waits_for_a_full_disk()
    {
        Needs.Unix();
        var stop = Signal("INT", at: "The checkpoint is not on disk");
        var stopAgain = Signal("INT", at: "Stopping after the step in progress");
        var (code, output, _) = await Run(["train", "--data", "data", "--validation", "500"], (process, line) =>
        {
            // A file where the folder of the checkpoints would be is as good as a full disk.
            if (line.StartsWith("Run ", StringComparison.Ordinal))
                File.WriteAllText(Path.Combine(RunIn("runs"), "checkpoints"), "");
            stop(process, line);
            stopAgain(process, line);
        });
        Assert.Equal(130, code);
        Assert.DoesNotContain("Stopped after step", output, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(RunIn("runs"), "metrics.json")));
    }

    [Fact]
    public async Task Ctrl_Z_pauses_without_suspending_and_sigcont_lets_the_run_go_on()
    {
        Needs.Unix();
        var pause = Signal("TSTP", at: "epoch 1 done");
        var goOn = Signal("CONT", at: "Paused at step ");
        var (code, output, _) = await Run(["train", "--data", "data", "--validation", "500", "--epochs", "3"], (process, line) =>
        {
            pause(process, line);
            goOn(process, line);
        });
        Assert.Equal(0, code);
        Assert.Matches(@"\nPaused at step \d+ of 84; \./mnist resume runs/\S+ goes on\.\nThe run goes on\.\n", output);
        Assert.Equal("done", Metric("runs", "state"));
    }

    [Fact]
    public async Task A_run_is_stopped_by_a_command_and_both_end_well()
    {
        (int Code, string Output, string Error)? stop = null;
        var (code, output, _) = await Run(["train", "--data", "data", "--validation", "500", "--epochs", "9"], (_, line) =>
        {
            if (line.StartsWith("epoch 1 done", StringComparison.Ordinal))
                stop = Run(["stop", RunIn("runs")]).Result;
        });
        Assert.Equal(0, code);
        Assert.Equal((0, "The run stops after the step in progress; it is saved, evaluated and reported then.", ""), stop);
        Assert.Contains("\nStopped after step ", output, StringComparison.Ordinal);
        Assert.Equal("stopped", Metric("runs", "state"));
    }

    [Theory]
    [InlineData("train", "--workers", "17")]
    [InlineData("train", "--workers", "many")]
    [InlineData("train", "--min-workers", "0")]
    [InlineData("train", "--workers", "2", "--min-workers", "3")]
    [InlineData("train", "--quorum-timeout", "0")]
    [InlineData("train", "--slots", "12")]
    [InlineData("train", "--batch", "8")]
    [InlineData("train", "--epochs", "many")]
    [InlineData("train", "--engine", "cuda")]
    [InlineData("train", "--out", "")]
    [InlineData("nothing")]
    public async Task Wrong_usage_is_one_line_and_exit_code_2(params string[] arguments)
    {
        var (code, output, error) = await Run(arguments);
        Assert.Equal(2, code);
        Assert.Empty(output);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task A_run_that_cannot_begin_is_one_line_and_exit_code_1()
    {
        await File.WriteAllBytesAsync(Path.Combine(_folder, "data", MnistFiles.TestLabels), [1, 2, 3], TestContext.Current.CancellationToken);
        var (code, output, error) = await Run(["train", "--data", "data"]);
        Assert.Equal(1, code);
        Assert.Empty(output);
        Assert.Contains(MnistFiles.TestLabels, Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder, "runs")));
    }

    private string RunIn(string parent) => Assert.Single(Directory.GetDirectories(Path.Combine(_folder, parent)));

    private string? Metric(string parent, string name)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(RunIn(parent), "metrics.json")));
        return json.RootElement.GetProperty(name).GetString();
    }

    private static Action<Process, string> Signal(string signal, string at) => (process, line) =>
    {
        if (line.StartsWith(at, StringComparison.Ordinal))
            Process.Start("kill", [$"-{signal}", $"{process.Id}"]).WaitForExit();
    };

    private async Task<(int Code, string Output, string Error)> Run(string[] arguments, Action<Process, string>? onLine = null)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet")
        {
            WorkingDirectory = _folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(typeof(TrainCommand).Assembly.Location);
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = new List<string>();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            output.Add(line);
            onLine?.Invoke(process, line);
        }

        await process.WaitForExitAsync();
        return (process.ExitCode, string.Join('\n', output), await error);
    }
}
