using MnistDistributed.Model.Engine;

namespace MnistDistributed.Model.Training;

/// <summary>
/// One step of training, once all slots' gradients are summed: mean, clip, optimizer. Holds its scratch memory; one thread at a time.
/// </summary>
/// <param name="spec">The run's spec.</param>
/// <param name="plan">The run's plan.</param>
public sealed class StepUpdate(RunSpec spec, SlotPlan plan)
{
    private readonly float[] _mean = new float[spec.Network.ParameterCount()];
    private bool _hasMean;
    private double? _norm;

    /// <summary>
    /// L2 norm of the last step's mean gradient, before it was clipped; null before the first step. Computed for who asks.
    /// </summary>
    public double? GradientNorm => _hasMean ? _norm ??= MeanGradient.Norm(_mean) : null;

    /// <summary>The learning rate of a step of the run.</summary>
    public double LearningRateAt(int step) => LearningRate.At(spec.Recipe, step, plan.StepsPerEpoch, plan.TotalSteps);

    /// <summary>Moves the state by one step. Allocates nothing.</summary>
    /// <param name="state">The state before the step; it must not be at the run's end.</param>
    /// <param name="gradientSum">Sum over all the step's samples of the loss gradient.</param>
    /// <param name="sum">The step's loss, hits and samples.</param>
    /// <exception cref="ArgumentException">
    /// The gradient is not as long as the weights, or the samples are not as many as the plan has for this step.
    /// </exception>
    /// <exception cref="InvalidOperationException">The run is at its end.</exception>
    public void Apply(TrainingState state, ReadOnlySpan<float> gradientSum, BlockSum sum)
    {
        if (state.Step >= plan.TotalSteps)
            throw new InvalidOperationException($"The run has ended with step {plan.TotalSteps - 1}.");
        if (gradientSum.Length != state.Weights.Length || gradientSum.Length != _mean.Length)
            throw new ArgumentException($"A gradient of {gradientSum.Length} for {state.Weights.Length} weights.", nameof(gradientSum));
        if (sum.Samples != plan.StepSamples(state.Step))
            throw new ArgumentException(
                $"Step {state.Step} sums {sum.Samples} samples; it has {plan.StepSamples(state.Step)}.", nameof(sum));

        MeanGradient.Divide(gradientSum, sum.Samples, _mean);
        _norm = spec.Recipe.ClipNorm > 0 ? MeanGradient.Clip(_mean, spec.Recipe.ClipNorm) : null;
        _hasMean = true;
        state.Optimizer.Step(state.Weights, _mean, LearningRateAt(state.Step));

        bool firstOfEpoch = plan.StepInEpoch(state.Step) == 0;
        state.Advance(firstOfEpoch ? sum : BlockSum.Add(state.EpochSum, sum));
    }
}
