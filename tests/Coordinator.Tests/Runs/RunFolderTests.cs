using System.Globalization;
using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Storage;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Tests.Runs;

public sealed class RunFolderTests : IDisposable
{
    private static readonly RunSpec Spec = new() { TrainingImages = 60000, DataDigest = new string('a', 64) };

    private readonly string _parent = Directory.CreateTempSubdirectory("mnist-folder-").FullName;

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Fact]
    public void Runs_that_start_in_one_second_get_folders_of_their_own()
    {
        var started = new DateTimeOffset(2026, 1, 31, 9, 30, 0, TimeSpan.Zero);
        var folders = new RunFolder[8];
        Parallel.For(0, folders.Length, i => folders[i] = RunFolder.Create(_parent, started, Spec));
        Assert.Equal(8, folders.Select(folder => folder.Path).Distinct().Count());
        Assert.Contains(folders, folder => folder.Id == "20260131-093000");
        Assert.Contains(folders, folder => folder.Id == "20260131-093000-2");
        Assert.All(folders, folder => Assert.Equal(Spec, folder.ReadSpec()));
        Assert.All(folders, folder => folder.Dispose());
    }

    [Fact]
    public void Terms_are_counted_on_disk()
    {
        string path;
        using (var folder = RunFolder.Create(_parent, DateTimeOffset.UnixEpoch, Spec))
        {
            path = folder.Path;
            Assert.Equal(1, folder.NextTerm());
        }

        using (var again = RunFolder.Open(path))
            Assert.Equal(2, again.NextTerm());
        using (var again = RunFolder.Open(path + Path.DirectorySeparatorChar))
            Assert.Equal(3, again.NextTerm());
    }

    [Fact]
    public void Terms_are_counted_on_whatever_happens_to_the_file_meanwhile()
    {
        using var folder = Create();
        Assert.Equal(1, folder.NextTerm());
        File.Delete(TermFile(folder.Path));
        Assert.Equal(2, folder.NextTerm());
        Assert.Equal("2\n", File.ReadAllText(TermFile(folder.Path)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("one")]
    [InlineData("6")]
    [InlineData("99999999999")]
    [InlineData("2147483647")]
    public void A_term_file_that_is_damaged_gives_way_to_what_the_newest_checkpoint_knows_and_beyond(string? content)
    {
        string path = Ended(checkpointOfTerm: 7);
        if (content is null)
            File.Delete(TermFile(path));
        else
            File.WriteAllText(TermFile(path), content);
        using (var folder = RunFolder.Open(path))
        {
            Assert.Equal(1008, folder.NextTerm());
            Assert.StartsWith($"{TermFile(path)} ", Assert.Single(folder.Notes), StringComparison.Ordinal);
            Assert.EndsWith("terms are counted on from 1007, beyond any that was open.", folder.Notes[0], StringComparison.Ordinal);
        }

        using var again = RunFolder.Open(path);
        Assert.Empty(again.Notes);
        Assert.Equal(1009, again.NextTerm());
    }

    [Theory]
    [InlineData("7")]
    [InlineData("8\n")]
    public void A_term_file_that_is_whole_is_believed(string content)
    {
        string path = Ended(checkpointOfTerm: 7);
        File.WriteAllText(TermFile(path), content);
        using var folder = RunFolder.Open(path);
        Assert.Empty(folder.Notes);
        Assert.Equal(int.Parse(content, CultureInfo.InvariantCulture) + 1, folder.NextTerm());
    }

    [Fact]
    public void A_folder_that_was_moved_is_not_made_again_without_its_run()
    {
        using var folder = Create();
        string moved = folder.Path + "-moved";
        Directory.Move(folder.Path, moved);
        folder.WriteState(new RunState { Activity = RunActivity.Running, Step = 1, TotalSteps = 2, Epoch = 1, Epochs = 1, Workers = 1 });
        Assert.Throws<DirectoryNotFoundException>(() => folder.NextTerm());
        Assert.Throws<DirectoryNotFoundException>(() =>
            folder.Checkpoints.Save(new Checkpoint(Spec, TrainingState.Initial(Spec), [], 1, 0)));
        Assert.False(Directory.Exists(folder.Path));
        Directory.Move(moved, folder.Path);
        Assert.Equal(1, folder.NextTerm());
    }

    [Fact]
    public void Weights_that_a_run_begins_at_are_kept_in_its_folder_and_nothing_else_is_taken_for_them()
    {
        float[] weights = InitialWeights.Create(Spec with { Seed = 7 }), others = InitialWeights.Create(Spec with { Seed = 8 });
        var spec = Spec with { InitialWeights = WeightsDigest.Of(weights) };
        using var folder = RunFolder.Create(_parent, DateTimeOffset.UnixEpoch, spec, initial: weights);
        var beginning = folder.Beginning(folder.ReadSpec());
        Assert.Equal(weights, beginning.State.Weights);
        Assert.All(beginning.State.Optimizer.First, moment => Assert.Equal(0, moment));
        Assert.Equal((0, 0), (beginning.State.Step, beginning.Term));

        string file = Path.Combine(folder.Path, "initial.safetensors");
        ModelFile.Write(file, others, spec);
        Assert.StartsWith($"{file} is damaged: the run begins at the weights {spec.InitialWeights}",
            Assert.Throws<InvalidDataException>(() => folder.Beginning(spec)).Message, StringComparison.Ordinal);
        File.Delete(file);
        Assert.StartsWith($"{file} is missing: ",
            Assert.Throws<InvalidDataException>(() => folder.Beginning(spec)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_term_file_and_checkpoints_terms_are_beyond_any_that_was_open_too()
    {
        string path = Ended(checkpointOfTerm: null);
        File.WriteAllText(TermFile(path), "");
        using var folder = RunFolder.Open(path);
        Assert.Equal(1001, folder.NextTerm());
    }

    [Fact]
    public void A_dead_coordinator_is_named_in_the_notes()
    {
        string path = Ended(checkpointOfTerm: null);
        var dead = RunOwner.New(TimeProvider.System) with { ProcessStart = "then" };
        JsonFile.Write(RunOwner.FileIn(path), dead);
        using var folder = RunFolder.Open(path);
        Assert.Equal([$"{path}: the stale lock of {dead} is taken over."], folder.Notes);
    }

    [Fact]
    public void A_damaged_spec_is_named_and_the_folder_let_go()
    {
        string path = Ended(checkpointOfTerm: null);
        File.WriteAllText(RunFolder.SpecIn(path), "{");
        Assert.StartsWith($"{RunFolder.SpecIn(path)} is not a run's spec",
            Assert.Throws<InvalidDataException>(() => RunFolder.Open(path)).Message, StringComparison.Ordinal);
        File.WriteAllText(RunFolder.SpecIn(path), RunSpecJson.Write(Spec));
        RunFolder.Open(path).Dispose();
    }

    [Fact]
    public void A_run_that_cannot_begin_leaves_no_folder()
    {
        string file = Path.Combine(_parent, "file");
        File.WriteAllText(file, "");
        Assert.ThrowsAny<SystemException>(() => RunFolder.Create(file, DateTimeOffset.UnixEpoch, Spec));
        Assert.Equal([file], Directory.GetFileSystemEntries(_parent));
        Needs.Linux();
        // Not even root may make a folder there.
        Assert.ThrowsAny<SystemException>(() => RunFolder.Create("/sys/kernel", DateTimeOffset.UnixEpoch, Spec));
    }

    [Fact]
    public void A_folder_without_a_run_is_named() =>
        Assert.StartsWith($"{_parent} holds no run", Assert.Throws<InvalidDataException>(() => RunFolder.Open(_parent)).Message,
            StringComparison.Ordinal);

    private RunFolder Create() => RunFolder.Create(_parent, DateTimeOffset.UnixEpoch, Spec);

    private static string TermFile(string path) => Path.Combine(path, "term");

    /// <summary>The folder of a run that nobody holds.</summary>
    private string Ended(int? checkpointOfTerm)
    {
        using var folder = Create();
        if (checkpointOfTerm is { } term)
            folder.Checkpoints.Save(new Checkpoint(Spec, TrainingState.Initial(Spec), [], term, ElapsedSeconds: 0));
        return folder.Path;
    }
}
