using System.Text.Json;
using System.Text.RegularExpressions;
using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Coordinator.Steering;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Tests.Commands;

/// <summary>What becomes of a run's folder when processes are killed and disks fail, with the program as a person runs it.</summary>
public sealed class FaultProcessTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mnist-fault-").FullName;

    public FaultProcessTests() => SyntheticSet.Write(Path.Combine(_folder, "data"), training: 4000, test: 600);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_run_that_is_killed_meets_a_full_disk_and_a_damaged_checkpoint_still_ends_with_the_same_weights()
    {
        Needs.Linux();
        string[] train = ["train", "--data", "data", "--validation", "500", "--epochs", "3"];
        Assert.Equal(0, (await Run([.. train, "--out", "whole"])).Code);

        var killed = await Run([.. train, "--out", "killed"], killAt: "epoch 1 done");
        Assert.Equal(137, killed.Code);
        string folder = Assert.Single(Directory.GetDirectories(Path.Combine(_folder, "killed")));
        Assert.Matches(@"\n\S+ +interrupted +\d+/84 ", (await Run(["runs", "--dir", "killed"])).Output);

        // The process may write files of a megabyte, and a checkpoint has more: the write fails half-way, for root too.
        string[] resume = ["train", "--resume", folder, "--data", "data"];
        string[] before = Checkpoints(folder);
        var full = await Run(resume, killAt: "cannot be written", limit: 1024);
        Assert.NotEqual(0, full.Code);
        string stale = $@"^{Regex.Escape(folder)}: the stale lock of process \d+ on {Regex.Escape(Environment.MachineName)} since \S+ \S+ is taken over\.";
        Assert.Matches(stale, full.Error);
        Assert.Matches($@"{Regex.Escape(folder)}/checkpoints/step-\d+\.safetensors cannot be written: the file is too large", full.Output + full.Error);
        Assert.Equal(before, Checkpoints(folder));

        byte[] newest = await File.ReadAllBytesAsync(before[^1], TestContext.Current.CancellationToken);
        newest[^1000] ^= 1;
        await File.WriteAllBytesAsync(before[^1], newest, TestContext.Current.CancellationToken);
        var resumed = await Run(resume);
        Assert.Equal(0, resumed.Code);
        Assert.Contains($"{before[^1]} is damaged (its checksum differs from its content); skipped.\n", resumed.Error, StringComparison.Ordinal);
        Assert.Equal(Weights("whole"), Weights("killed"));
    }

    [Fact]
    public async Task A_run_that_finds_no_room_to_begin_leaves_no_folder_and_says_why()
    {
        Needs.Linux();
        // The process may make files, and write nothing into them.
        var (code, output, error) = await Run(["train", "--data", "data", "--validation", "500"], limit: 0);
        Assert.Equal((1, ""), (code, output));
        Assert.Matches($@"^{Regex.Escape(Path.Combine(_folder, "runs"))}/\S+ cannot be written: the file is too large[^\n]*$", error);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_folder, "runs")));
    }

    [Fact]
    public async Task A_run_that_another_process_trains_is_not_resumed_but_steered()
    {
        using var folder = RunFolder.Create(Path.Combine(_folder, "runs"), DateTimeOffset.Now, new RunSpec { TrainingImages = 60000, DataDigest = new string('a', 64) });
        var (code, output, error) = await Run(["train", "--resume", folder.Path, "--data", "data"]);
        Assert.Equal((1, ""), (code, output));
        Assert.StartsWith($"{folder.Path} is in use by process {Environment.ProcessId} on {Environment.MachineName} since ", error, StringComparison.Ordinal);

        var asked = Run(["scale", folder.Id, "--workers", "3"]);
        RunRequest? request;
        while ((request = folder.Requests.TryTake(note => Assert.Fail(note))) is null)
        {
            Assert.False(asked.IsCompleted, "the command ended without asking");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken);
        }

        Assert.Equal((RunRequestKind.Scale, 3), (request.Kind, request.Workers));
        folder.Requests.Answer(request, RequestAnswer.Done("3 workers from the next step on"));
        Assert.Equal((0, "3 workers from the next step on", ""), await asked);

        folder.Dispose();
        string shown = Path.Combine("runs", folder.Id);
        Assert.Equal((1, "", $"Run {folder.Id} is not in progress. Go on with: ./mnist train --resume {shown}"), await Run(["pause", shown]));
    }

    private Task<(int Code, string Output, string Error)> Run(string[] arguments, string? killAt = null, int? limit = null) =>
        CoordinatorProcess.Run(_folder, arguments, killAt, limit);

    private static string[] Checkpoints(string folder) => [.. Directory.GetFiles(Path.Combine(folder, "checkpoints")).Order(StringComparer.Ordinal)];

    private string? Weights(string parent)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Assert.Single(Directory.GetDirectories(Path.Combine(_folder, parent))), "metrics.json")));
        return json.RootElement.GetProperty("weightsSha256").GetString();
    }
}
