using MnistDistributed.Model.Engine;

namespace MnistDistributed.Model.Training;

/// <summary>
/// One step of training, once all slots' gradients are summed: mean, clip, optimizer. Holds its scratch memory; one thread at a time.
/// </summary>
/// <param name="spec">The run's spec.</param>
/// <param name="plan">The run's plan.</param>
public sealed class StepUpdate(RunSpec spec, SlotPlan plan)
{
    // Floats of a piece: with the moments it fits into a first-level cache.
    private const int Piece = 1024;

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
    /// <inheritdoc cref="Apply(TrainingState, ReadOnlySpan{float}, ReadOnlySpan{float}, BlockSum)" path="/exception"/>
    public void Apply(TrainingState state, ReadOnlySpan<float> gradientSum, BlockSum sum) => Apply(state, gradientSum, [], sum);

    /// <summary>Moves the state by one step, with a gradient whose last sum is still to be made. Allocates nothing.</summary>
    /// <param name="state">The state before the step; it must not be at the run's end.</param>
    /// <param name="half">Sum over some of the step's samples of the loss gradient.</param>
    /// <param name="otherHalf">Sum over the others; empty if there are no others.</param>
    /// <param name="sum">The step's loss, hits and samples.</param>
    /// <exception cref="ArgumentException">
    /// The gradient is not as long as the weights, or the samples are not as many as the plan has for this step.
    /// </exception>
    /// <exception cref="InvalidOperationException">The run is at its end.</exception>
    public void Apply(TrainingState state, ReadOnlySpan<float> half, ReadOnlySpan<float> otherHalf, BlockSum sum)
    {
        if (state.Step >= plan.TotalSteps)
            throw new InvalidOperationException($"The run has ended with step {plan.TotalSteps - 1}.");
        int length = state.Weights.Length;
        if (half.Length != length || length != _mean.Length || !otherHalf.IsEmpty && otherHalf.Length != length)
            throw new ArgumentException($"Gradients of {half.Length} and {otherHalf.Length} for {length} weights.", nameof(half));
        if (sum.Samples != plan.StepSamples(state.Step))
            throw new ArgumentException(
                $"Step {state.Step} sums {sum.Samples} samples; it has {plan.StepSamples(state.Step)}.", nameof(sum));

        bool clips = spec.Recipe.ClipNorm > 0;
        if (clips)
        {
            MeanGradient.Divide(half, otherHalf, sum.Samples, _mean);
            _norm = MeanGradient.Clip(_mean, spec.Recipe.ClipNorm);
        }
        else
        {
            _norm = null;
        }

        state.Optimizer.BeginStep(LearningRateAt(state.Step));
        for (int i = 0; i < length; i += Piece)
        {
            int count = Math.Min(Piece, length - i);
            var mean = _mean.AsSpan(i, count);
            if (!clips)
                MeanGradient.Divide(half.Slice(i, count), otherHalf.IsEmpty ? [] : otherHalf.Slice(i, count), sum.Samples, mean);
            state.Optimizer.Update(state.Weights.AsSpan(i, count), mean, i);
        }

        _hasMean = true;
        bool firstOfEpoch = plan.StepInEpoch(state.Step) == 0;
        state.Advance(firstOfEpoch ? sum : BlockSum.Add(state.EpochSum, sum));
    }
}
