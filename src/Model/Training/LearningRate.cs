using MnistDistributed.Model.Numerics;

namespace MnistDistributed.Model.Training;

/// <summary>The learning-rate schedules, as those of torch.optim.lr_scheduler.</summary>
public static class LearningRate
{
    // The defaults of OneCycleLR: how much of the run the rate rises, from which part of the peak, and how far below that it ends.
    private const double RiseShare = 0.3;
    private const double StartDivisor = 25;
    private const double EndDivisor = 1e4;

    /// <summary>The learning rate of one step.</summary>
    /// <param name="recipe">The schedule.</param>
    /// <param name="step">The step of the run, from 0.</param>
    /// <param name="stepsPerEpoch">Steps of an epoch.</param>
    /// <param name="totalSteps">Steps of the run.</param>
    public static double At(Recipe recipe, int step, int stepsPerEpoch, int totalSteps)
    {
        if (recipe.Schedule == ScheduleKind.OneCycle)
            return OneCycle(recipe.LearningRate, step, totalSteps);

        // As LinearLR(start_factor = 1 / w, total_iters = w): w steps below the peak, then the schedule from its beginning.
        int warmUp = (int)Math.Min(Math.Ceiling(recipe.WarmUpEpochs * stepsPerEpoch), totalSteps);
        if (step < warmUp)
            return Ramp(recipe.LearningRate, step, warmUp);

        int done = step - warmUp;
        return recipe.Schedule switch
        {
            ScheduleKind.Constant => recipe.LearningRate,
            ScheduleKind.Step => Drops(recipe.LearningRate, recipe.StepFactor, done / ((long)recipe.StepEpochs * stepsPerEpoch)),
            ScheduleKind.Cosine => Anneal(recipe.LearningRate, 0, done / (double)(totalSteps - warmUp)),
            _ => throw new ArgumentOutOfRangeException(nameof(recipe), recipe.Schedule, "No such schedule."),
        };
    }

    private static double Ramp(double peak, int step, double steps) => peak * (1 / steps + (1 - 1 / steps) * (step / steps));

    /// <summary>Up from peak / 25 to the peak, then down to peak / 250,000, each along half a cosine.</summary>
    private static double OneCycle(double peak, int step, int totalSteps)
    {
        double start = peak / StartDivisor;
        double riseEnd = RiseShare * totalSteps - 1;
        return step <= riseEnd
            ? Anneal(start, peak, step / riseEnd)
            : Anneal(peak, start / EndDivisor, (step - riseEnd) / (totalSteps - 1 - riseEnd));
    }

    private static double Drops(double rate, double factor, long drops)
    {
        for (long i = 0; i < drops; i++)
            rate *= factor;
        return rate;
    }

    /// <summary>
    /// From <paramref name="from"/> to <paramref name="to"/> along half a cosine; <paramref name="share"/> of the way, 0 to 1.
    /// </summary>
    private static double Anneal(double from, double to, double share) =>
        to + (from - to) / 2 * (DeterministicMath.Cos(Math.PI * share) + 1);
}
