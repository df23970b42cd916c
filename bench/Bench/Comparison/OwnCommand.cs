using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using MnistDistributed.Coordinator.Commands;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Storage;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Bench.Comparison;

/// <summary>
/// The process of our own contenders: <c>mnist train</c> as it is, with somebody in the process who listens to its instruments; then the
/// evaluation of the test images on one thread.
/// </summary>
public static class OwnCommand
{
    /// <summary>The command's name. What follows it are options of <c>mnist train</c>.</summary>
    public const string Name = "own";

    private const int WarmUp = 2000;
    private const int Passes = 3;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var command = new Command(Name) { Hidden = true, TreatUnmatchedTokensAsErrors = false };
        command.SetAction(Run);
        return command;
    }

    private static async Task<int> Run(ParseResult arguments, CancellationToken stop)
    {
        string folder = Directory.CreateTempSubdirectory("mnist-bench-").FullName;
        try
        {
            using var steps = new StepListener();
            string[] train = ["train", "--no-http", "--out", folder, "--epochs", "2", "--validation", "0", .. arguments.UnmatchedTokens];
            int code = await CommandErrors.RunAsync(MnistCommand.Create(), train, arguments.InvocationConfiguration, stop);
            if (code != 0)
                return code;
            using var process = Process.GetCurrentProcess();
            string run = Directory.GetDirectories(folder).Single();
            var figures = steps.Figures with
            {
                PeakBytes = process.PeakWorkingSet64,
                TrainImagesPerSecond = TrainedRun.Read(run).LastImagesPerSecond,
                EvaluationImagesPerSecond = Evaluate(ModelFile.Read(Path.Combine(run, ModelFile.Name)), await DataSets.Load(null, stop)),
            };
            Console.WriteLine(JsonSerializer.Serialize(figures, Figures.Json));
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double Evaluate(SavedModel model, DataSet data)
    {
        var engine = GradientEngines.Create(new RunSpec { Network = model.Network }, ImageSet.Empty);
        Pass(WarmUp);
        return Median.Of(Enumerable.Range(0, Passes).Select(_ => data.Test.Count / Pass(data.Test.Count)));

        double Pass(int images)
        {
            float[] logits = new float[images * model.Network.Classes];
            long began = Stopwatch.GetTimestamp();
            engine.Logits(model.Weights, data.Test, 0, logits);
            return Stopwatch.GetElapsedTime(began).TotalSeconds;
        }
    }
}
