using System.CommandLine;
using System.Globalization;
using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Grains.Hosting;
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
        Description = "Folder with the four IDX files, raw or .gz, or folders of them; without it MNIST from the cache, filled on first use.",
        HelpName = "DIR",
    }.NotEmpty().OrEnvironment();

    /// <summary>The folder in which the runs' folders are.</summary>
    public static Option<string> Out { get; } = new Option<string>("--out")
        { Description = "Folder with the runs' folders.", HelpName = "DIR", DefaultValueFactory = _ => "runs" }.NotEmpty().OrEnvironment();

    /// <summary>A trained model.</summary>
    public static Option<string> Model { get; } = new Option<string>("--model")
    {
        Description = "The model: its file, such as runs/20260131-093000/model.safetensors, or the folder of a run, or its name in --out.",
        HelpName = "MODEL",
        Required = true,
    }.NotEmpty();

    /// <summary>Reads the model that <see cref="Model"/> names.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or a run that has none yet.</exception>
    public static SavedModel ReadModel(ParseResult arguments) =>
        ModelFile.Read(RunPath.Model(arguments.GetRequiredValue(Model), arguments.GetRequiredValue(Out)));

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
