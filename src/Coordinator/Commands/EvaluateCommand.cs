using System.CommandLine;
using System.Text;
using MnistDistributed.Coordinator.Digits;
using MnistDistributed.Coordinator.Reports;
using MnistDistributed.Coordinator.Terminal;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Evaluation;
using MnistDistributed.Model.Storage;
using Spectre.Console;

namespace MnistDistributed.Coordinator.Commands;

/// <summary><c>mnist evaluate</c>: a model on the test images of a data set.</summary>
public static class EvaluateCommand
{
    private static readonly Option<string?> Logits = new Option<string?>("--logits")
    {
        Description = "Also writes every image's logits to this CSV file, a line an image, in full precision.",
        HelpName = "FILE",
    }.NotEmpty();

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var command = new PrintingCommand("evaluate", "Evaluates a model, or several together, on the test images.")
            { CommonOptions.Models, CommonOptions.Out, CommonOptions.Data, CommonOptions.Transpose, CommonOptions.Labels, Logits };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var output = new AnsiConsoleOutput(arguments.InvocationConfiguration.Output);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = output });
        var models = CommonOptions.ReadModels(arguments);
        int classes = models[0].Network.Classes;
        LabelNames labels = CommonOptions.LabelsOf(arguments, classes, models[0].Labels);
        DataSet data = await DataSets.Load(
            arguments.GetValue(CommonOptions.Data), arguments.GetValue(CommonOptions.Transpose), new MnistSource(), console,
            cancellationToken);
        if (data.Test.Classes > classes)
            throw new DataException($"The test images have labels up to {data.Test.Classes - 1}, and the model tells only labels 0 to "
                + $"{classes - 1} apart: give the data set that it was trained on with --data.");
        float[] logits = Classifier.Logits(models, data.Test, cancellationToken);
        if (arguments.GetValue(Logits) is { } file)
            AtomicFile.Write(file, stream => stream.Write(Encoding.UTF8.GetBytes(CsvFiles.Logits(logits, classes, labels))));
        EvaluationPrinter.Print(console, Evaluation.From(logits, data.Test.Labels, classes), labels);
        return 0;
    }
}
