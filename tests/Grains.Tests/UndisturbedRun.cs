using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Workers;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Grains.Tests;

/// <summary>What a run ends with when nothing happens to it: on one embedded silo, with one worker.</summary>
public static class UndisturbedRun
{
    private static readonly Lazy<Task<string>> Trained = new(Train);

    /// <summary>Four epochs of <see cref="EpochSteps"/> steps.</summary>
    public static RunSpec Spec { get; } = ClusterFixture.Spec with { Batch = 8, Epochs = 4 };

    /// <summary>Steps of an epoch.</summary>
    public static int EpochSteps { get; } = new SlotPlan(Spec).StepsPerEpoch;

    /// <summary>Digest of its weights.</summary>
    public static Task<string> Weights => Trained.Value;

    private static async Task<string> Train()
    {
        await using var cluster = await LocalCluster.Start(1, new LoadedDataSet(ClusterFixture.Data), CancellationToken.None);
        var coordinator = new TestCoordinator(cluster.Grains, "undisturbed", Spec, workers: 1);
        await coordinator.Open();
        return await coordinator.Finish();
    }
}
