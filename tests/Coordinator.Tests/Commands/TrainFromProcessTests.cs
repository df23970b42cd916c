using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Model.Storage;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Tests.Commands;

/// <summary>Training on, from weights that one has: a new run, with the same promise.</summary>
public sealed class TrainFromProcessTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public async Task A_run_from_given_weights_is_the_same_bits_for_any_workers_and_after_a_kill()
    {
        await using var first = _workspace.Train("--epochs", "1", "--run", "first");
        Assert.Equal(0, await first.End());
        string model = _workspace.InFolder("runs/first/model.safetensors"), weights = Weights("first");
        Assert.Equal(weights, WeightsDigest.Of(ModelFile.Read(model).Weights));

        await using var whole = _workspace.Train("--epochs", "2", "--seed", "2", "--workers", "1", "--from", model, "--run", "whole");
        await whole.Line("Run whole: 2 epochs of 3,500 images from given weights,");
        Assert.Equal(0, await whole.End());
        Assert.Equal(weights, RunFolder.ReadSpec(_workspace.InFolder("runs/whole")).InitialWeights);
        Assert.Contains(weights, File.ReadAllText(_workspace.InFolder("runs/whole/report.html")), StringComparison.Ordinal);
        await using var scratch = _workspace.Train("--epochs", "2", "--seed", "2", "--run", "scratch");
        Assert.Equal(0, await scratch.End());
        Assert.NotEqual(Weights("scratch"), Weights("whole"));

        // By its name, on other workers, killed before its first checkpoint, and with the model gone meanwhile.
        string[] again = ["--epochs", "2", "--seed", "2", "--workers", "3", "--silos", "3", "--from", "first", "--run", "again"];
        await using (var killed = _workspace.Train(again))
        {
            await killed.Line("Run again: ");
            killed.Signal("KILL");
            await killed.End();
        }

        Directory.Move(_workspace.InFolder("runs/first"), _workspace.InFolder("elsewhere"));
        await using var resumed = _workspace.Train(again);
        Assert.True(await resumed.End() == 0, resumed.Said);
        Assert.Equal(Weights("whole"), Weights("again"));
    }

    [Fact]
    public async Task A_finished_run_stays_what_it_is_and_more_of_it_is_a_new_run()
    {
        await using var first = _workspace.Train("--epochs", "1", "--run", "first");
        Assert.Equal(0, await first.End());
        var (code, _, error) = await _workspace.Run("train", "--resume", "first", "--epochs", "2");
        Assert.Equal(2, code);
        Assert.Contains("./mnist train --from RUN", Assert.Single(error.Split('\n')), StringComparison.Ordinal);
        (code, _, error) = await _workspace.Run("train", "--run", "first", "--validation", "500", "--epochs", "2", "--data", "data");
        Assert.Equal(2, code);
        Assert.EndsWith("To train on from its weights: another name, and --from first.", Assert.Single(error.Split('\n')),
            StringComparison.Ordinal);
        Assert.Contains("first  done", (await _workspace.Run("runs", "first")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Weights_of_another_network_or_of_none_are_refused_before_anything_is_begun()
    {
        var narrow = new RunSpec
        {
            TrainingImages = 60000, DataDigest = new string('a', 64), Network = new(16, 16, 16),
        };
        ModelFile.Write(_workspace.InFolder("narrow.safetensors"), new float[narrow.Network.ParameterCount()], narrow);
        var (code, output, error) = await _workspace.Run("train", "--data", "data", "--from", "narrow.safetensors");
        Assert.Equal((1, ""), (code, output));
        Assert.StartsWith("--from narrow.safetensors: its network has 16 and 16 filters, 16 hidden units and 10 classes; ",
            Assert.Single(error.Split('\n')), StringComparison.Ordinal);

        (code, output, error) = await _workspace.Run("train", "--data", "data", "--from", "nowhere");
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("nowhere", Assert.Single(error.Split('\n')), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_workspace.InFolder("runs")));
    }

    private string Weights(string run) => Workspace.Metric(_workspace.InFolder($"runs/{run}"), "weightsSha256")!;
}
