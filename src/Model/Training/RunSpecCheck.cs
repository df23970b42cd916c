using System.Globalization;
using System.Numerics;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Network;

namespace MnistDistributed.Model.Training;

/// <summary>The check of a <see cref="RunSpec"/> that comes from outside: what is wrong with it, and what would be right.</summary>
public static class RunSpecCheck
{
    /// <summary>The most slots; beyond them a step's tree costs more than its gradients.</summary>
    public const int MaxSlots = 1024;

    private const int MaxBatch = 1 << 20;
    private const int MaxEpochs = 10_000;
    private const int MaxShift = 8;
    private const int MaxWidth = 1024;

    /// <summary>The first problem, as one sentence; null if there is none.</summary>
    public static string? Problem(RunSpec spec) =>
        SlotsProblem(spec.Slots)
        ?? BatchProblem(spec.Batch, spec.Slots)
        ?? ImagesProblem(spec)
        ?? NetworkProblem(spec.Network)
        ?? RecipeProblem(spec.Recipe)
        ?? WarmUpProblem(spec)
        ?? InitialWeightsProblem(spec.InitialWeights)
        ?? GradientEngines.Problem(spec.Engine);

    /// <summary>Why this program cannot train a run, though it can look at it; null if it can.</summary>
    public static string? ArithmeticProblem(RunSpec spec) => spec.NumericsVersion == GradientEngines.NumericsVersion ? null
        : $"The run's arithmetic is of version {spec.NumericsVersion}, this program's of version {GradientEngines.NumericsVersion}; "
            + "only a program of the run's version gives its bits.";

    /// <summary>What is wrong with the widths of a network, as one sentence; null if nothing is.</summary>
    public static string? NetworkProblem(CnnShape network) =>
        Width("first convolution", network.Conv1)
        ?? Width("second convolution", network.Conv2)
        ?? Width("hidden layer", network.Hidden)
        ?? (network.Classes is >= 1 and <= CnnShape.MostClasses ? null
            : $"The number of classes is from 1 to {CnnShape.MostClasses}, not {network.Classes}.");

    private static string? SlotsProblem(int slots)
    {
        const string rule = "The number of slots is a power of two from 1 to 1024";
        if (slots is < 1 or > MaxSlots)
            return $"{rule}, not {slots}; {Math.Clamp(slots, 1, MaxSlots)} would do.";
        uint next = BitOperations.RoundUpToPowerOf2((uint)slots);
        return next == slots ? null : $"{rule}, not {slots}; {next / 2} or {next} would do.";
    }

    private static string? BatchProblem(int batch, int slots)
    {
        string rule = $"The batch is a multiple of the number of slots, {slots}, so that every slot gets its share";
        if (batch < slots)
            return $"{rule}, not {batch}; {slots} would do, or fewer slots.";
        if (batch > MaxBatch)
            return $"The batch is at most {MaxBatch}, not {batch}.";
        return batch % slots == 0 ? null : $"{rule}, not {batch}; {batch / slots * slots} or {(batch / slots + 1) * slots} would do.";
    }

    private static string? ImagesProblem(RunSpec spec)
    {
        if (spec.TrainingImages < 1)
            return $"The number of training images is at least 1, not {spec.TrainingImages}.";
        if (spec.Validation < 0)
            return $"The number of validation images is 0 or more, not {spec.Validation}; 0 holds none out.";
        if (spec.Validation >= spec.TrainingImages)
            return $"{spec.Validation} validation images leave none of the {spec.TrainingImages} training images to train on; "
                + $"at most {spec.TrainingImages - 1} would do.";
        if (spec.Epochs is < 1 or > MaxEpochs)
            return $"The number of epochs is from 1 to {MaxEpochs}, not {spec.Epochs}.";

        long steps = ((long)spec.TrainingImages - spec.Validation + spec.Batch - 1) / spec.Batch * spec.Epochs;
        return steps <= int.MaxValue ? null
            : $"{spec.Epochs} epochs at batch {spec.Batch} make {steps} steps; at most {int.MaxValue} would do, by fewer epochs or a "
                + "larger batch.";
    }

    private static string? RecipeProblem(Recipe recipe) =>
        (Enum.IsDefined(recipe.Optimizer) ? null : $"There is no optimizer {recipe.Optimizer}; adam or sgd would do.")
        ?? (Enum.IsDefined(recipe.Schedule) ? null
            : $"There is no schedule {recipe.Schedule}; constant, step, cosine or oneCycle would do.")
        ?? Above0("learning rate", recipe.LearningRate)
        ?? AtLeast0("number of warm-up epochs", recipe.WarmUpEpochs)
        ?? (recipe.StepEpochs >= 1 ? null
            : $"The number of epochs between two drops of the learning rate is at least 1, not {recipe.StepEpochs}.")
        ?? Above0("factor of each drop of the learning rate", recipe.StepFactor)
        ?? Below1("beta1", recipe.Beta1)
        ?? Below1("beta2", recipe.Beta2)
        ?? Above0("epsilon", recipe.Epsilon)
        ?? Below1("momentum", recipe.Momentum)
        ?? AtLeast0("weight decay", recipe.WeightDecay)
        ?? AtLeast0("bound on the gradient's norm", recipe.ClipNorm)
        ?? Below1("dropout", recipe.Dropout)
        ?? Below1("label smoothing", recipe.LabelSmoothing)
        ?? (recipe.Shift is >= 0 and <= MaxShift ? null : $"The shift is from 0 to {MaxShift} pixels, not {recipe.Shift}.")
        ?? UpTo("rotation", Augmentation.MostRotation, "degrees", recipe.Rotation)
        ?? UpTo("scaling", Augmentation.MostScaling, "of the size", recipe.Scaling)
        ?? UpTo("elastic displacement", Augmentation.MostElastic, "pixels", recipe.Elastic);

    private static string? WarmUpProblem(RunSpec spec) =>
        spec.Recipe.WarmUpEpochs >= spec.Epochs
            ? $"The warm-up takes less than the run's {spec.Epochs} epochs, not {Text(spec.Recipe.WarmUpEpochs)}."
            : spec.Recipe is { WarmUpEpochs: > 0, Schedule: ScheduleKind.OneCycle }
                ? $"A warm-up of {Text(spec.Recipe.WarmUpEpochs)} epochs needs the schedule constant, step or cosine; oneCycle has a rise "
                    + "of its own."
            : null;

    private static string? InitialWeightsProblem(string? digest) =>
        digest is null || (digest.Length == 64 && digest.All(char.IsAsciiHexDigitLower)) ? null
        : $"The initial weights are named by their SHA-256 in 64 lower-case hexadecimal digits, not by '{OneLine.Brief(digest)}'.";

    private static string? Width(string layer, int width) =>
        width is >= 16 and <= MaxWidth && width % 16 == 0 ? null
        : $"The width of the {layer} is a multiple of 16 from 16 to {MaxWidth}, not {width}.";

    // Written so that NaN is a problem.
    private static string? Above0(string name, double value) =>
        value > 0 && float.IsFinite((float)value) ? null : $"The {name} is a number above 0, not {Text(value)}.";

    private static string? AtLeast0(string name, double value) =>
        value >= 0 && float.IsFinite((float)value) ? null : $"The {name} is a number of 0 or more, not {Text(value)}.";

    private static string? Below1(string name, double value) =>
        value >= 0 && value < 1 ? null : $"The {name} is a number from 0 to below 1, not {Text(value)}.";

    private static string? UpTo(string name, double most, string unit, double value) =>
        value >= 0 && value <= most ? null : $"The {name} is from 0 to {Text(most)} {unit}, not {Text(value)}.";

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
