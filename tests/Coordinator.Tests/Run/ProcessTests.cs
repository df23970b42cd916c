using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using MnistDistributed.Coordinator.Commands;
using MnistDistributed.Coordinator.Tests.Data;
using MnistDistributed.Model.Data;

namespace MnistDistributed.Coordinator.Tests.Run;

/// <summary>The program as a person runs it, in a process of its own.</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mnist-process-").FullName;

    public ProcessTests() => SyntheticSet.Write(Path.Combine(_folder, "data"), training: 4000, test: 600);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Ctrl_C_writes_a_checkpoint_says_how_to_go_on_and_going_on_gives_the_same_weights()
    {
        if (OperatingSystem.IsWindows())
            return;
        string[] train = ["train", "--data", "data", "--validation", "500", "--epochs", "3"];
        var whole = await Run([.. train, "--out", "whole"]);
        Assert.Equal(0, whole.Code);

        var stopped = await Run([.. train, "--out", "stopped"], interruptAt: "epoch 1 done");
        Assert.Equal(130, stopped.Code);
        string hint = Regex.Match(stopped.Output, @"Stopped after step [\d,]+ of [\d,]+; a checkpoint is written\. Go on with: \./mnist (train --resume stopped/\S+ --data data)").Groups[1].Value;
        Assert.NotEmpty(hint);
        var resumed = await Run([.. hint.Split(' '), "--workers", "3"]);
        Assert.Equal(0, resumed.Code);
        Assert.Equal(Weights("whole"), Weights("stopped"));
    }

    [Theory]
    [InlineData("train", "--workers", "17")]
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
        await File.WriteAllBytesAsync(Path.Combine(_folder, "data", MnistFiles.TestLabels), [1, 2, 3]);
        var (code, output, error) = await Run(["train", "--data", "data"]);
        Assert.Equal(1, code);
        Assert.Empty(output);
        Assert.Contains(MnistFiles.TestLabels, Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder, "runs")));
    }

    private string? Weights(string parent)
    {
        string metrics = Path.Combine(Assert.Single(Directory.GetDirectories(Path.Combine(_folder, parent))), "metrics.json");
        using var json = JsonDocument.Parse(File.ReadAllText(metrics));
        return json.RootElement.GetProperty("weightsSha256").GetString();
    }

    private async Task<(int Code, string Output, string Error)> Run(string[] arguments, string? interruptAt = null)
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
            if (interruptAt is not null && line.StartsWith(interruptAt, StringComparison.Ordinal))
                Process.Start("kill", ["-INT", $"{process.Id}"]).WaitForExit();
        }

        await process.WaitForExitAsync();
        return (process.ExitCode, string.Join('\n', output), await error);
    }
}
