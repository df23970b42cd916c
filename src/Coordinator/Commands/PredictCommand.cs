using System.CommandLine;
using MnistDistributed.Coordinator.Digits;
using MnistDistributed.Coordinator.Reports;
using MnistDistributed.Coordinator.Terminal;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Numerics;
using Spectre.Console;

namespace MnistDistributed.Coordinator.Commands;

/// <summary><c>mnist predict</c>: which digits pictures show.</summary>
public static class PredictCommand
{
    private static readonly Argument<string[]> Images = new Argument<string[]>("IMAGE")
    {
        Description =
            $"PNG pictures of one digit each, of up to {PngFile.MaxPixels / 1_000_000} million pixels, dark on light or light on dark.",
        Arity = ArgumentArity.OneOrMore,
    }.NotEmpty();

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var command = new PrintingCommand("predict", "Says which digits pictures show.")
            { CommonOptions.Models, CommonOptions.Out, CommonOptions.Labels, Images };
        command.SetAction((arguments, cancellationToken) => Task.FromResult(Run(arguments, cancellationToken)));
        return command;
    }

    private static int Run(ParseResult arguments, CancellationToken cancellationToken)
    {
        TextWriter output = arguments.InvocationConfiguration.Output;
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        var models = CommonOptions.ReadModels(arguments);
        int code = 0;
        LabelNames labels = CommonOptions.LabelsOf(arguments, models[0].Network.Classes, models[0].Labels);
        foreach (string path in arguments.GetRequiredValue(Images))
        {
            byte[] digit;
            try
            {
                digit = DigitImage.Prepare(PngFile.Read(path), path);
            }
            catch (Exception e) when (e is ImageException or IOException or UnauthorizedAccessException)
            {
                // The others may be good all the same.
                code = CommandErrors.Tell(e, arguments.InvocationConfiguration.Error);
                continue;
            }

            float[] logits = Classifier.Logits(models, new ImageSet(digit, [0]), cancellationToken);
            if (console.Profile.Out.IsTerminal)
                DigitPreview.Print(console, digit);
            output.WriteLine($"{path}: {Ranking(logits, labels)}");
        }

        return code;
    }

    private static string Ranking(float[] logits, LabelNames labels)
    {
        double largest = logits.Max();
        double[] exponentials = [.. logits.Select(logit => DeterministicMath.Exp(logit - largest))];
        double sum = exponentials.Sum();
        int[] order = [.. Enumerable.Range(0, logits.Length).OrderByDescending(label => logits[label])];
        return string.Join(", then ", order.Take(2).Select(Guess));

        string Guess(int label) => $"{labels[label]} ({Format.Percent(exponentials[label] / sum)})";
    }
}
