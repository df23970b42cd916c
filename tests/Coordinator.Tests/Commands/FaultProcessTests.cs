using System.Text.RegularExpressions;
using MnistDistributed.Coordinator.Commands;
using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Coordinator.Steering;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Tests.Commands;

/// <summary>What becomes of a run's folder when processes are killed and disks fail, with the program as a person runs it.</summary>
public sealed class FaultProcessTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public async Task A_run_that_is_killed_meets_a_full_disk_and_a_damaged_checkpoint_still_ends_with_the_same_weights()
    {
        Needs.Linux();
        await using var whole = _workspace.Train("--epochs", "12", "--out", "whole");
        Assert.Equal(0, await whole.End());

        await using var killed = _workspace.Train("--epochs", "12", "--out", "killed");
        await killed.Line("epoch 1 done");
        killed.Signal("KILL");
        Assert.Equal(137, await killed.End());
        string folder = _workspace.RunIn("killed");
        Assert.Matches(@"\n\S+ +interrupted +\d+/336 ", (await _workspace.Run("runs", "--dir", "killed")).Output);

        // The process may write files of a megabyte, and a checkpoint has more: the write fails half-way, for root too.
        string[] resume = ["train", "--resume", folder, "--data", "data"];
        string[] before = Checkpoints(folder);
        await using var full = Limited(1024, resume);
        await full.Line("cannot be written");
        full.Signal("KILL");
        Assert.NotEqual(0, await full.End());
        string stale = $@"^{Regex.Escape(folder)}: the stale lock of process \d+ "
            + $@"on {Regex.Escape(Environment.MachineName)} since \S+ \S+ is taken over\.";
        Assert.Matches(stale, full.Error[0]);
        Assert.Matches($@"{Regex.Escape(folder)}/checkpoints/step-\d+\.safetensors cannot be written: the file is too large", full.Said);
        Assert.Equal(before, Checkpoints(folder));

        byte[] newest = await File.ReadAllBytesAsync(before[^1], TestContext.Current.CancellationToken);
        newest[^1000] ^= 1;
        await File.WriteAllBytesAsync(before[^1], newest, TestContext.Current.CancellationToken);
        var resumed = await _workspace.Run(resume);
        Assert.Equal(0, resumed.Code);
        Assert.Contains(
            $"{before[^1]} is damaged (its checksum differs from its content); skipped.\n", resumed.Error, StringComparison.Ordinal);
        Assert.Equal(Workspace.Metric(_workspace.RunIn("whole"), "weightsSha256"), Workspace.Metric(folder, "weightsSha256"));
    }

    [Fact]
    public async Task Where_no_run_may_be_begun_the_line_names_the_option()
    {
        Needs.Linux();
        // Nobody can make a folder there, root neither.
        await using var train = _workspace.Train("--out", "/sys");
        var (code, line) = await train.OnlyError();
        Assert.Equal(1, code);
        Assert.StartsWith("--out /sys: no run can be begun there: ", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_finds_no_room_to_begin_leaves_no_folder_and_says_why()
    {
        Needs.Linux();
        // The process may make files, and write nothing into them.
        await using var train = Limited(0, "train", "--data", "data", "--validation", "500");
        var (code, output, error) = await train.Result();
        Assert.Equal((1, ""), (code, output));
        Assert.Matches(
            $@"^--out runs: no run can be begun there: {Regex.Escape(_workspace.InFolder("runs"))}/\S+ cannot be written: "
            + @"the file is too large[^\n]*$", error);
        Assert.Empty(Directory.GetFileSystemEntries(_workspace.InFolder("runs")));
    }

    [Fact]
    public async Task A_run_that_another_process_trains_is_not_resumed_but_steered()
    {
        using var folder = RunFolder.Create(_workspace.InFolder("runs"), DateTimeOffset.Now, new RunSpec
            { TrainingImages = 60000, DataDigest = new string('a', 64) });
        var (code, output, error) = await _workspace.Run("train", "--resume", folder.Path, "--data", "data");
        Assert.Equal((1, ""), (code, output));
        Assert.StartsWith($"{folder.Path} is in use by process {Environment.ProcessId} on {Environment.MachineName} since ", error,
            StringComparison.Ordinal);

        var asked = _workspace.Run("scale", folder.Id, "--workers", "3");
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
        Assert.Equal((1, "", $"Run {folder.Id} is not in progress. Go on with: ./mnist train --resume {shown}"),
            await _workspace.Run("pause", shown));
    }

    /// <summary>Starts a coordinator each of whose files may have so many KiB.</summary>
    private ProgramProcess Limited(int limit, params string[] arguments) => ProgramProcess.Start(
        "bash", _workspace.Folder,
        ["-c", $"trap '' XFSZ; ulimit -f {limit}; exec \"$@\"", "bash", ProgramProcess.DotNet, typeof(CommandErrors).Assembly.Location,
            .. arguments],
        // .NET itself would need a larger file for it.
        new Dictionary<string, string> { ["DOTNET_EnableWriteXorExecute"] = "0" });

    private static string[] Checkpoints(string folder) =>
        [.. Directory.GetFiles(Path.Combine(folder, "checkpoints")).Order(StringComparer.Ordinal)];
}
