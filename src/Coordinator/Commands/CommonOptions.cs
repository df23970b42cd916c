using System.CommandLine;
using System.Globalization;
using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Storage;

namespace MnistDistributed.Coordinator.Commands;

/// <summary>Options that several commands have.</summary>
public static class CommonOptions
{
    /// <summary>What asks for as many workers as make sense.</summary>
    public const string AutoWorkers = "auto";

    /// <summary>The data set.</summary>
    public static Option<string?> Data { get; } = new Option<string?>("--data")
    {
        Description = "Folder with the four IDX files, raw or .gz, or with folders of them; without it MNIST from the cache, filled on "
            + "first use.",
        HelpName = "DIR",
    }.NotEmpty().OrEnvironment();

    /// <summary>Images that lie on their side.</summary>
    public static Option<bool> Transpose { get; } =
        OptionExtensions.Flag("--transpose", "Rows and columns of the images of --data change places, as EMNIST's have to.");

    /// <summary>What the classes are called.</summary>
    public static Option<string?> Labels { get; } = new Option<string?>("--labels")
    {
        Description = "Names of the classes, one a line in the order of the labels, or NIST's emnist-*-mapping.txt.",
        HelpName = "FILE",
    }.NotEmpty();

    /// <summary>The names that the command line gives the classes.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="otherwise">What they are called where it says nothing.</param>
    /// <exception cref="DataException">The file does not name these classes.</exception>
    public static LabelNames LabelsOf(ParseResult arguments, int classes, LabelNames otherwise) =>
        arguments.GetValue(Labels) is { } file ? LabelNames.Read(file, classes) : otherwise;

    /// <summary>The folder in which the runs' folders are.</summary>
    public static Option<string> Out { get; } = new Option<string>("--out")
        { Description = "Folder with the runs' folders.", HelpName = "DIR", DefaultValueFactory = _ => "runs" }.NotEmpty().OrEnvironment();

    /// <summary>A trained model, or several.</summary>
    public static Option<string[]> Models { get; } = new Option<string[]>("--model")
    {
        Description = "The model: a run's name in --out, such as 20260131-093000, or its folder, or a safetensors file. Given several "
            + "times, the models answer together, by the mean of their probabilities.",
        HelpName = "RUN|FILE",
        Required = true,
    }.NotEmpty();

    /// <summary>Reads the models that <see cref="Models"/> names: one at least, and of the same classes.</summary>
    /// <exception cref="InvalidDataException">It names no model, or one that cannot be used.</exception>
    /// <exception cref="FileNotFoundException">There is nothing of that name.</exception>
    public static IReadOnlyList<SavedModel> ReadModels(ParseResult arguments)
    {
        string[] names = arguments.GetRequiredValue(Models);
        SavedModel[] models = Array.ConvertAll(names, name => ModelFile.Read(RunPath.Model(name, arguments.GetRequiredValue(Out))));
        for (int i = 1; i < models.Length; i++)
        {
            if (models[i].Network.Classes != models[0].Network.Classes || !models[i].Labels.All.SequenceEqual(models[0].Labels.All))
                throw new InvalidDataException($"--model {names[i]}: its classes are not those of {names[0]}; models that answer "
                    + "together were trained on one data set.");
        }

        return models;
    }

    /// <summary>An option for a number of workers, or <see cref="AutoWorkers"/>.</summary>
    /// <param name="description">What help says of it.</param>
    /// <param name="value">The default; null where the option has to be given.</param>
    public static Option<string> Workers(string description, string? value)
    {
        var option = new Option<string>("--workers") { Description = description, HelpName = $"N|{AutoWorkers}", Required = value is null };
        if (value is not null)
            option.DefaultValueFactory = _ => value;
        return option.NotEmpty($"a number of workers, or {AutoWorkers}");
    }

    /// <summary>The number of workers that such an option asks for; null for as many as make sense.</summary>
    /// <exception cref="UsageException">It asks for neither.</exception>
    public static int? GetWorkers(this ParseResult arguments, Option<string> option)
    {
        string text = arguments.GetRequiredValue(option);
        if (text == AutoWorkers)
            return null;
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int workers) ? workers
            : throw new UsageException($"{option.Name} {text}: give a number of workers, or {AutoWorkers}.");
    }
}
