using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Tests.Runs;

/// <summary>A run that the same command begins, goes on with, or finds done.</summary>
public sealed class NamedRunTests : IDisposable
{
    private static readonly RunSpec Spec = new() { TrainingImages = 60000, DataDigest = new string('a', 64) };

    private readonly TemporaryFolder _parent = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly List<string> _said = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _parent.Dispose();

    [Theory]
    [InlineData("nightly")]
    [InlineData("7")]
    [InlineData("mnist-2026.11.25_a")]
    public void A_name_is_a_folder_below_the_others(string name) => Assert.Equal(Path.Combine(_parent.Path, name), Run(name).Path);

    [Theory]
    [InlineData("..")]
    [InlineData(".hidden")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("a b")]
    [InlineData("-x")]
    [InlineData("ends\n")]
    [InlineData("äpfel")]
    [InlineData("a2345678901234567890123456789012345678901234567890123456789012345")]
    public void What_is_no_name_is_refused(string name) =>
        Assert.StartsWith(
            "--run: a run's name is made of", Assert.Throws<UsageException>(() => Run(name)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task It_begins_and_is_opened_by_the_next()
    {
        Assert.False(Run().IsBegun);
        using (var begun = await Run().Begin(Spec, null, _said.Add, Stop))
            Assert.Equal(1, begun.NextTerm());
        Assert.True(Run().IsBegun);
        Assert.False(Run().IsDone);
        using var again = await Run().Open(_said.Add, Stop);
        Assert.Equal(2, again.NextTerm());
        Assert.Equal(Spec, again.ReadSpec());
        Assert.Empty(_said);
    }

    [Fact]
    public async Task It_finds_the_weights_again_that_it_was_begun_at()
    {
        float[] weights = InitialWeights.Create(Spec with { Seed = 7 });
        var spec = Spec with { InitialWeights = WeightsDigest.Of(weights) };
        using (var begun = await Run().Begin(spec, weights, _said.Add, Stop))
            Assert.Equal(weights, begun.Beginning(spec).State.Weights);
        using (var again = await Run().Open(_said.Add, Stop))
            Assert.Equal(weights, again.Beginning(again.ReadSpec()).State.Weights);
        var refused = await Assert.ThrowsAsync<UsageException>(() => Run().Begin(Spec, null, _said.Add, Stop));
        Assert.StartsWith(
            $"Run nightly was begun with initialWeights: {spec.InitialWeights}, this command says initialWeights: none: ", refused.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_start_that_was_killed_has_left_is_taken_over()
    {
        Directory.CreateDirectory(Run().Path);
        File.WriteAllText(Path.Combine(Run().Path, "term"), "");
        File.WriteAllText(Path.Combine(Run().Path, "lock"), "");
        File.WriteAllText(Path.Combine(Run().Path, "spec.json.0123456789abcdef.tmp"), "{");
        using var begun = await Run().Begin(Spec, null, _said.Add, Stop);
        Assert.Equal(Spec, begun.ReadSpec());
        Assert.Equal(1, begun.NextTerm());
    }

    [Fact]
    public async Task A_folder_with_something_else_in_it_is_left_alone()
    {
        Directory.CreateDirectory(Run().Path);
        File.WriteAllText(Path.Combine(Run().Path, "thesis.tex"), "all of it");
        var refused = await Assert.ThrowsAsync<InvalidDataException>(() => Run().Begin(Spec, null, _said.Add, Stop));
        Assert.Equal($"{Run().Path} holds no run, but thesis.tex: give the run another name.", refused.Message);
        Assert.Equal("all of it", File.ReadAllText(Path.Combine(Run().Path, "thesis.tex")));
    }

    [Fact]
    public async Task What_another_process_has_begun_meanwhile_is_opened_and_not_begun_again()
    {
        using (var first = await Run().Begin(Spec, null, _said.Add, Stop))
            first.NextTerm();
        using (var second = await Run().Begin(Spec, null, _said.Add, Stop))
            Assert.Equal(2, second.NextTerm());
        var refused = await Assert.ThrowsAsync<UsageException>(() => Run().Begin(Spec with { Epochs = 7 }, null, _said.Add, Stop));
        Assert.Contains("begun with epochs: 5, this command says epochs: 7", refused.Message, StringComparison.Ordinal);
        refused = await Assert.ThrowsAsync<UsageException>(
            () => Run().Begin(Spec with { DataDigest = new string('b', 64) }, null, _said.Add, Stop));
        Assert.Contains("begun with dataDigest: aaa", refused.Message, StringComparison.Ordinal);
        // It was given back.
        (await Run().Open(_said.Add, Stop)).Dispose();
    }

    [Fact]
    public void A_spec_that_is_another_is_refused_and_says_in_what()
    {
        var begun = Spec with { Recipe = Spec.Recipe with { LearningRate = 0.01 } };
        Run().Demand(begun with { TrainingImages = 0, DataDigest = "" }, begun);
        var refused = Assert.Throws<UsageException>(() => Run().Demand(new RunSpec { Seed = 2 }, begun));
        Assert.Equal("Run nightly was begun with seed: 1, this command says seed: 2; learningRate: 0.01, this command says learningRate: "
            + $"{Spec.Recipe.LearningRate}: leave out the options that shape the result, give the run's own, or give another name.",
            refused.Message);
    }

    [Fact]
    public async Task An_owner_on_this_machine_is_not_waited_for()
    {
        using var held = await Run().Begin(Spec, null, _said.Add, Stop);
        var refused = await Assert.ThrowsAsync<RunInUseException>(() => Run().Open(_said.Add, Stop));
        Assert.False(refused.MayBeGone);
        Assert.Empty(_said);
    }

    [Fact]
    public async Task An_owner_elsewhere_is_waited_for_until_it_counts_as_gone()
    {
        (await Run().Begin(Spec, null, _said.Add, Stop)).Dispose();
        Elsewhere();
        var opening = Run().Open(_said.Add, Stop);
        Assert.Contains("is in use by process 4711 on another-pod since ", Assert.Single(_said), StringComparison.Ordinal);
        await Advance(opening, RunOwner.GoneAfter - TimeSpan.FromSeconds(1));
        Assert.False(opening.IsCompleted);
        await Advance(opening, TimeSpan.FromSeconds(3));
        using var taken = await opening;
        Assert.Contains(taken.Notes, note => note.Contains("the stale lock of process 4711 on another-pod", StringComparison.Ordinal));
        Assert.Single(_said);
    }

    [Fact]
    public async Task An_owner_elsewhere_that_gives_signs_of_life_keeps_its_run()
    {
        (await Run().Begin(Spec, null, _said.Add, Stop)).Dispose();
        Elsewhere();
        var opening = Run().Open(_said.Add, Stop);
        for (int i = 0; i < 100 && !opening.IsCompleted; i++)
        {
            File.SetLastWriteTimeUtc(RunOwner.FileIn(Run().Path), _time.GetUtcNow().UtcDateTime);
            await Advance(opening, TimeSpan.FromSeconds(1));
        }

        var refused = await Assert.ThrowsAsync<RunInUseException>(() => opening);
        Assert.True(refused.MayBeGone);
    }

    private NamedRun Run(string name = "nightly") => new(name, _parent.Path, _time);

    private void Elsewhere()
    {
        string file = RunOwner.FileIn(Run().Path);
        JsonFile.Write(file, new RunOwner("another-pod", 4711, "then", _time.GetUtcNow()));
        File.SetLastWriteTimeUtc(file, _time.GetUtcNow().UtcDateTime);
    }

    /// <summary>Lets time pass, a second at a time, and whoever waits go on after each.</summary>
    private async Task Advance(Task waiting, TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time && !waiting.IsCompleted; passed += TimeSpan.FromSeconds(1))
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
    }
}
