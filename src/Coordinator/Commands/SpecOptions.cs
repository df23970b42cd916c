using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Commands;

/// <summary>The options that shape the result of a run.</summary>
public static class SpecOptions
{
    private static readonly RunSpec Defaults = new();

    private static readonly Option<string> RecipeName = new Option<string>("--recipe")
    {
        Description = "What the options below are where they are not given: default, as shown; fast, one short epoch; accurate, many of "
            + "images that are rotated, scaled and bent.",
        HelpName = string.Join('|', SpecPresets.Names),
        DefaultValueFactory = _ => SpecPresets.Default,
    }.AcceptOnlyFromAmong([.. SpecPresets.Names]);

    private static readonly Option<int> Epochs = Number("--epochs", Defaults.Epochs, "Passes over the training images.");
    private static readonly Option<int> Batch = Number("--batch", Defaults.Batch, "Images of one step, a multiple of --slots.");
    private static readonly Option<int> Slots = Number("--slots", Defaults.Slots,
        "Fixed virtual workers, a power of two: the most workers that can share a step. Part of the result, unlike --workers.");
    private static readonly Option<ulong> Seed = Number("--seed", Defaults.Seed, "Seed of every random number.");
    private static readonly Option<int?> Validation = new("--validation")
    {
        Description = "Training images, the last ones, held out for the validation curves; 0 for none. By default "
            + $"{Defaults.Validation}, but at most a tenth of them; 0 for the recipes fast and accurate.",
    };
    private static readonly Option<string> Engine = new("--engine")
    {
        Description = "What computes the gradients: simd, kernels written for this network, or torch, libtorch by way of TorchSharp.",
        HelpName = "simd|torch",
        DefaultValueFactory = _ => Defaults.Engine,
    };

    private static readonly Option<string> Optimizer = Choice("--optimizer", Defaults.Recipe.Optimizer, "The optimizer.");
    private static readonly Option<double> LearningRate =
        Real("--learning-rate", Defaults.Recipe.LearningRate, "The learning rate; the peak of a one-cycle schedule.");
    private static readonly Option<string> Schedule = Choice("--schedule", Defaults.Recipe.Schedule, "How the learning rate moves.");
    private static readonly Option<double> WarmUp = Real(
        "--warm-up", Defaults.Recipe.WarmUpEpochs, "Epochs of linear warm-up before a constant, step or cosine schedule; fractions count.");
    private static readonly Option<int> StepEpochs =
        Number("--step-epochs", Defaults.Recipe.StepEpochs, "Epochs between two drops of the step schedule.");
    private static readonly Option<double> StepFactor =
        Real("--step-factor", Defaults.Recipe.StepFactor, "Factor of each drop of the step schedule.");
    private static readonly Option<double> Momentum = Real("--momentum", Defaults.Recipe.Momentum, "Nesterov momentum of sgd.");
    private static readonly Option<double> Beta1 = Real("--beta1", Defaults.Recipe.Beta1, "Adam's decay of the first moment.");
    private static readonly Option<double> Beta2 = Real("--beta2", Defaults.Recipe.Beta2, "Adam's decay of the second moment.");
    private static readonly Option<double> WeightDecay =
        Real("--weight-decay", Defaults.Recipe.WeightDecay, "L2 penalty, added to the gradient.");
    private static readonly Option<double> ClipNorm =
        Real("--clip-norm", Defaults.Recipe.ClipNorm, "Bound on the gradient's global norm; 0 for none.");
    private static readonly Option<double> Dropout =
        Real("--dropout", Defaults.Recipe.Dropout, "Probability that a hidden unit is dropped.");
    private static readonly Option<double> Smoothing =
        Real("--label-smoothing", Defaults.Recipe.LabelSmoothing, "Share of the target that is spread over all classes.");
    private static readonly Option<int> Shift =
        Number("--shift", Defaults.Recipe.Shift, "Training images are shifted by up to so many pixels; 0 for none.");
    private static readonly Option<double> Rotation =
        Real("--rotation", Defaults.Recipe.Rotation, "Training images are rotated by up to so many degrees; 0 for none.");
    private static readonly Option<double> Scaling = Real(
        "--scaling", Defaults.Recipe.Scaling, "Training images are made larger or smaller by up to such a share; 0 for none.");
    private static readonly Option<double> Elastic = Real(
        "--elastic", Defaults.Recipe.Elastic, "Training images are bent: pixels are displaced by so many pixels on average; 0 for none.");

    /// <summary>All of them, in the order in which help shows them.</summary>
    public static IReadOnlyList<Option> All { get; } =
        [RecipeName, Epochs, Batch, Slots, Seed, Validation, Engine, Optimizer, LearningRate, Schedule, WarmUp, StepEpochs, StepFactor,
            Momentum, Beta1, Beta2, WeightDecay, ClipNorm, Dropout, Smoothing, Shift, Rotation, Scaling, Elastic];

    /// <summary>The number of validation images of a data set.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="trainingImages">Its training images.</param>
    /// <exception cref="UsageException">It leaves none to train on.</exception>
    public static int ValidationOf(ParseResult arguments, int trainingImages)
    {
        int images = arguments.GetValue(Validation) ?? Math.Min(Preset(arguments).Validation, trainingImages / 10);
        return images < trainingImages ? images : throw new UsageException(
            $"{Validation.Name} {images}: leaves none of the {trainingImages} training images to train on; "
            + $"give at most {trainingImages - 1}.");
    }

    /// <summary>The spec that the arguments ask for; the data set, and what follows from it, is still missing.</summary>
    /// <exception cref="UsageException">The number of validation images cannot be, whatever the data set.</exception>
    public static RunSpec Read(ParseResult arguments)
    {
        var preset = Preset(arguments);
        var recipe = preset.Recipe;
        return new RunSpec
        {
            Seed = Get(Seed, preset.Seed),
            Batch = Get(Batch, preset.Batch),
            Slots = Get(Slots, preset.Slots),
            Epochs = Get(Epochs, preset.Epochs),
            Validation = arguments.GetValue(Validation) switch
            {
                null => preset.Validation,
                >= 0 and < int.MaxValue and var images => images,
                var images => throw new UsageException($"{Validation.Name} {images}: give 0 or more; 0 holds no images out."),
            },
            Engine = Get(Engine, preset.Engine),
            Recipe = new Recipe
            {
                Optimizer = Choose(Optimizer, recipe.Optimizer),
                LearningRate = Get(LearningRate, recipe.LearningRate),
                Schedule = Choose(Schedule, recipe.Schedule),
                WarmUpEpochs = Get(WarmUp, recipe.WarmUpEpochs),
                StepEpochs = Get(StepEpochs, recipe.StepEpochs),
                StepFactor = Get(StepFactor, recipe.StepFactor),
                Momentum = Get(Momentum, recipe.Momentum),
                Beta1 = Get(Beta1, recipe.Beta1),
                Beta2 = Get(Beta2, recipe.Beta2),
                WeightDecay = Get(WeightDecay, recipe.WeightDecay),
                ClipNorm = Get(ClipNorm, recipe.ClipNorm),
                Dropout = Get(Dropout, recipe.Dropout),
                LabelSmoothing = Get(Smoothing, recipe.LabelSmoothing),
                Shift = Get(Shift, recipe.Shift),
                Rotation = Get(Rotation, recipe.Rotation),
                Scaling = Get(Scaling, recipe.Scaling),
                Elastic = Get(Elastic, recipe.Elastic),
            },
        };

        T Get<T>(Option<T> option, T otherwise) => arguments.IsGiven(option) ? arguments.GetRequiredValue(option) : otherwise;

        T Choose<T>(Option<string> option, T otherwise)
            where T : struct, Enum =>
            Enum.GetValues<T>().Single(value => NameOf(value) == Get(option, NameOf(otherwise)));
    }

    private static RunSpec Preset(ParseResult arguments) => SpecPresets.Of(arguments.GetRequiredValue(RecipeName));

    private static Option<T> Number<T>(string name, T value, string description) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };

    /// <summary>A number with a point: elsewhere the comma would be taken to separate thousands, and 0,05 to be 5.</summary>
    private static Option<double> Real(string name, double value, string description)
    {
        Option<double> option = Number(name, value, description);
        option.CustomParser = result =>
        {
            string text = result.Tokens[^1].Value;
            if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
                result.AddError(
                    $"{name} {text}: give a number with a decimal point, such as {value.ToString(CultureInfo.InvariantCulture)}.");
            return number;
        };
        return option;
    }

    /// <summary>An option whose values are an enum's names as one writes them on a command line: <c>one-cycle</c>.</summary>
    private static Option<string> Choice<T>(string name, T value, string description)
        where T : struct, Enum
    {
        var option = new Option<string>(name) { Description = description, DefaultValueFactory = _ => NameOf(value) };
        return option.AcceptOnlyFromAmong([.. Enum.GetValues<T>().Select(NameOf)]);
    }

    private static string NameOf<T>(T value)
        where T : struct, Enum =>
        JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
