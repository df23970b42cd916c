using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Simulation.Tests;

public class UndisturbedTests
{
    [Fact]
    public void The_undisturbed_run_is_a_plain_loop_over_the_steps()
    {
        var (spec, data) = SimulationSubject.Small;
        var plan = new SlotPlan(spec);
        var state = TrainingState.Initial(spec);
        var update = new StepUpdate(spec, plan);
        var engine = GradientEngines.Create(spec, data.Train);
        float[] gradient = new float[state.Weights.Length];
        while (state.Step < plan.TotalSteps)
        {
            var batch = plan.Epoch(plan.EpochOf(state.Step)).Block(0, spec.Slots, plan.StepInEpoch(state.Step));
            update.Apply(state, gradient, engine.Gradient(state.Weights, batch, gradient));
        }

        Assert.Equal(WeightsDigest.Of(state.Weights), Subject.Undisturbed.Weights);
        Assert.Empty(Subject.Undisturbed.DifferencesFrom(Subject.Undisturbed));
    }

    [Fact]
    public void It_has_all_that_can_go_wrong()
    {
        var plan = new SlotPlan(SimulationSubject.Small.Spec);

        Assert.Equal(36, plan.TotalSteps);
        Assert.Equal(0, plan.BlockSamples(plan.StepsPerEpoch - 1, 7, 1));
        Assert.True(SimulationSubject.Small.Data.Test.Count > MnistDistributed.Model.Protocol.TrainingProtocol.ChunkImages);
    }
}
