namespace MnistDistributed.Coordinator.Tests.Training;

public sealed partial class TrainingRunTests
{
    [Fact]
    public async Task On_one_machine_the_torch_engine_too_gives_the_same_weights_for_any_cluster()
    {
        Needs.Libtorch();
        var spec = Spec with { Engine = "torch" };
        string one = Describe((await TrainAfresh(workers: 1, silos: 1, spec))!);

        Assert.Equal(one, Describe((await TrainAfresh(workers: 2, silos: 1, spec))!));
        Assert.Equal(one, Describe((await TrainAfresh(workers: 3, silos: 2, spec))!));
        Assert.NotEqual(one, await OneWorker.Value);
    }
}
