using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Coordinator.Training;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Tests.Runs;

public sealed class RunStateTests : IDisposable
{
    private static readonly RunState State = new()
    {
        Activity = RunActivity.Running,
        Step = 7,
        TotalSteps = 30,
        Epoch = 1,
        Epochs = 3,
        Workers = 2,
        ValidationAccuracy = 0.9871,
    };

    private readonly string _parent = Directory.CreateTempSubdirectory("mnist-state-").FullName;
    private readonly FakeTimeProvider _time = new();
    private readonly RunFolder _folder;

    public RunStateTests() =>
        _folder = RunFolder.Create(_parent, DateTimeOffset.UnixEpoch, new RunSpec
            { TrainingImages = 60000, DataDigest = new string('a', 64) }, _time);

    private string File => RunState.FileIn(_folder.Path);

    public void Dispose()
    {
        _folder.Dispose();
        Directory.Delete(_parent, recursive: true);
    }

    [Fact]
    public void Comes_back_as_it_was_with_its_time()
    {
        Assert.Null(Read());
        var last = State with { Activity = RunActivity.Failed, TestAccuracy = 1, Note = "The disk is full." };
        _folder.WriteState(last);
        Assert.Equal(last with { Updated = _time.GetUtcNow() }, Read());
    }

    [Fact]
    public void A_new_step_is_written_once_a_second_at_most_and_anything_else_at_once()
    {
        _folder.WriteState(State);
        _folder.WriteState(State with { Step = 8 });
        Assert.Equal(7, Read()!.Step);
        _time.Advance(TimeSpan.FromSeconds(1));
        _folder.WriteState(State with { Step = 9 });
        Assert.Equal(9, Read()!.Step);
        _folder.WriteState(State with { Step = 10, Workers = 3 });
        Assert.Equal((10, 3), (Read()!.Step, Read()!.Workers));
        _folder.WriteState(State with { Step = 11, Workers = 3, Activity = RunActivity.Paused });
        Assert.Equal((11, RunActivity.Paused), (Read()!.Step, Read()!.Activity));
    }

    [Theory]
    [InlineData("a folder")]
    [InlineData("/dev/full")]
    public void A_disk_that_cannot_take_it_does_not_end_the_run(string obstacle)
    {
        if (obstacle == "a folder")
            Directory.CreateDirectory(File);
        else if (OperatingSystem.IsLinux())
            System.IO.File.CreateSymbolicLink(File, obstacle);
        else
            return;
        _folder.WriteState(State);
        Assert.Empty(Directory.GetFiles(_folder.Path, "*.tmp"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"activity\":\"idle\"}")]
    public void A_damaged_file_is_named(string content)
    {
        System.IO.File.WriteAllText(File, content);
        Assert.StartsWith($"{File} is damaged: ", Assert.Throws<InvalidDataException>(() => Read()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_state_that_cannot_be_is_named()
    {
        foreach (var wrong in (RunState[])
            [
                State with { Step = -1 }, State with { Step = 31 }, State with { Epoch = 0 }, State with { Epoch = 4 }, State with
                    { Workers = -1 },
                State with { ValidationAccuracy = 1.1 }, State with { TestAccuracy = -0.1 },
            ])
        {
            JsonFile.Write(File, wrong);
            Assert.StartsWith($"{File} is damaged: ", Assert.Throws<InvalidDataException>(() => Read()).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_note_is_one_line()
    {
        JsonFile.Write(File, State with { Note = "one\ttwo\nthree" });
        Assert.Equal("one?two", Read()!.Note);
    }

    /// <summary>
    /// The folder is that of a run that was stopped in November 2026, by the program as it was before states came from snapshots.
    /// </summary>
    [Fact]
    public void An_old_runs_state_is_still_read_and_listed()
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "Runs", "OldRun");
        var state = RunState.Read(folder)!;
        Assert.Equal((RunActivity.Stopped, 35, 860, 1, 2, 2),
            (state.Activity, state.Step, state.TotalSteps, state.Epoch, state.Epochs, state.Workers));
        var entry = RunEntry.Look(folder, TimeProvider.System);
        Assert.Equal(("stopped", 35, 860, 0.6163, null), (entry.State, entry.Step, entry.TotalSteps, entry.TestAccuracy, entry.Note));
    }

    [Fact]
    public void A_run_of_an_older_arithmetic_is_refused_by_name_where_it_would_be_trained()
    {
        System.IO.File.Copy(
            Path.Combine(AppContext.BaseDirectory, "Runs", "OldRun", "spec.json"), RunFolder.SpecIn(_folder.Path), overwrite: true);
        Assert.Equal(
            $"{_folder.Path} cannot be gone on with: The run's arithmetic is of version 1, this program's of version "
            + $"{GradientEngines.NumericsVersion}; only a program of the run's version gives its bits. To train on from its weights: "
            + $"--from {_folder.Path}.",
            Assert.Throws<InvalidDataException>(_folder.ReadSpec).Message);
    }

    [Fact]
    public void A_snapshot_of_a_run_is_kept_as_its_state()
    {
        new StateFile(_folder).Progress(new RunSnapshot
        {
            Activity = RunActivity.Running, Phase = RunPhase.Training, Step = 7, TotalSteps = 30, Epoch = 1, Epochs = 3, Workers = 2,
            LastEpoch = new EpochRecord { ValidationAccuracy = 0.9871 }, Loss = 0.5, ImagesPerSecond = 1000,
        });
        Assert.Equal(State with { Updated = _time.GetUtcNow() }, Read());
    }

    private RunState? Read() => RunState.Read(_folder.Path);
}
