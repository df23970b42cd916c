using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Tests.Training;

public class StepUpdateTests
{
    private readonly RunSpec _spec = TestRun.Spec();
    private readonly SlotPlan _plan;
    private readonly StepUpdate _update;
    private readonly TrainingState _state;
    private readonly float[] _sum;

    public StepUpdateTests()
    {
        _plan = new SlotPlan(_spec);
        _update = new StepUpdate(_spec, _plan);
        _state = TestRun.State(_spec, 0);
        _sum = TestRun.Floats(_state.Weights.Length, seed: 5);
    }

    [Fact]
    public void Divides_by_the_steps_samples_clips_and_steps_at_its_rate()
    {
        float[] weights = [.. _state.Weights];
        float[] mean = [.. _sum.Select(x => x / 8f)];
        double norm = MeanGradient.Clip(mean, _spec.Recipe.ClipNorm);
        Assert.Null(_update.GradientNorm);
        new Optimizer(_spec.Recipe, weights.Length).Step(weights, mean, LearningRate.At(_spec.Recipe, 0, 3, 9));

        _update.Apply(_state, _sum, new BlockSum(2.5, 3, 8));

        Assert.Equal(WeightsDigest.Of(weights), WeightsDigest.Of(_state.Weights));
        Assert.Equal((1, new BlockSum(2.5, 3, 8)), (_state.Step, _state.EpochSum));
        Assert.Equal(norm, _update.GradientNorm);
    }

    [Fact]
    public void Tells_the_norm_of_the_last_gradient_whether_it_is_clipped_or_not()
    {
        var unclipped = new StepUpdate(_spec with { Recipe = _spec.Recipe with { ClipNorm = 0 } }, _plan);
        for (int step = 0; step < 2; step++)
        {
            unclipped.Apply(_state, [.. _sum.Select(x => x * (step + 1))], new BlockSum(1, 1, 8));
            Assert.Equal(MeanGradient.Norm([.. _sum.Select(x => x * (step + 1) / 8f)]), unclipped.GradientNorm);
        }
    }

    [Fact]
    public void Sums_an_epoch_and_keeps_it_until_the_next_begins()
    {
        var sums = new List<BlockSum>();
        for (int step = 0; step < 6; step++)
        {
            _update.Apply(_state, _sum, new BlockSum(1, 1, _plan.StepSamples(step)));
            sums.Add(_state.EpochSum);
        }

        Assert.Equal([new(1, 1, 8), new(2, 2, 16), new(3, 3, 21), new(1, 1, 8), new(2, 2, 16), new(3, 3, 21)], sums);
    }

    [Fact]
    public void Refuses_what_is_not_this_step()
    {
        string before = TestRun.Print(_state);
        Assert.Throws<ArgumentException>(() => _update.Apply(_state, _sum, new BlockSum(1, 1, 7)));
        Assert.Throws<ArgumentException>(() => _update.Apply(_state, _sum.AsSpan(1), new BlockSum(1, 1, 8)));
        Assert.Equal(before, TestRun.Print(_state));

        var ended = TestRun.State(_spec, _plan.TotalSteps);
        Assert.Throws<InvalidOperationException>(() => _update.Apply(ended, _sum, new BlockSum(1, 1, 8)));
    }

    [Fact]
    public void Allocates_nothing()
    {
        _update.Apply(_state, _sum, new BlockSum(1, 1, 8));
        long before = GC.GetAllocatedBytesForCurrentThread();
        _update.Apply(_state, _sum, new BlockSum(1, 1, 8));
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
