using System.CommandLine;
using System.Globalization;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Network;
using Spectre.Console;

namespace MnistDistributed.Coordinator.Commands;

/// <summary><c>mnist data</c>: fetches MNIST, or checks a folder, and says what is there.</summary>
public static class DataCommand
{
    private static readonly Option<string?> Data = new Option<string?>("--data")
    {
        Description = "Folder with the four IDX files, raw or .gz, or with folders of them, to check; without it MNIST in the cache, "
            + "filled on first use.",
        HelpName = "DIR",
    }.NotEmpty().OrEnvironment();

    /// <summary>Makes the command.</summary>
    /// <param name="source">Where MNIST comes from and is kept; the public mirrors and the user's cache folder by default.</param>
    public static Command Create(MnistSource? source = null)
    {
        var command = new Command("data", "Fetches MNIST into the cache, or checks a folder, and prints what it holds.")
            { Data, CommonOptions.Transpose, CommonOptions.Labels };
        command.SetAction((arguments, cancellationToken) => RunAsync(arguments, source ?? new MnistSource(), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, MnistSource source, CancellationToken cancellationToken)
    {
        string? folder = arguments.GetValue(Data);
        TextWriter output = arguments.InvocationConfiguration.Output;
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        DataSet data = await DataSets.Load(
            folder, arguments.GetValue(CommonOptions.Transpose), source, console, cancellationToken);
        LabelNames labels = CommonOptions.LabelsOf(arguments, data.Classes, LabelNames.Numbers);

        output.WriteLine($"Folder  {Path.GetFullPath(folder ?? source.CacheFolder)}");
        output.WriteLine($"Digest  {data.Digest}");
        output.WriteLine();
        output.WriteLine("class     training        test");
        int[] train = PerClass(data.Train), test = PerClass(data.Test);
        foreach (int label in Enumerable.Range(0, data.Classes).Where(label => train[label] + test[label] > 0))
            output.WriteLine(Row(labels[label], train[label], test[label]));
        output.WriteLine(Row("all", data.Train.Count, data.Test.Count));
        return 0;
    }

    private static int[] PerClass(ImageSet images)
    {
        int[] counts = new int[CnnShape.MostClasses];
        foreach (byte label in images.Labels)
            counts[label]++;
        return counts;
    }

    private static string Row(string label, int train, int test) =>
        string.Create(CultureInfo.InvariantCulture, $"{label,5} {train,12:N0}{test,12:N0}");
}
