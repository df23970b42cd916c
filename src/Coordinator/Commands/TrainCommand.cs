using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using MnistDistributed.Coordinator.Reports;
using MnistDistributed.Coordinator.Run;
using MnistDistributed.Coordinator.Views;
using MnistDistributed.Grains;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Storage;
using MnistDistributed.Model.Training;
using Spectre.Console;

namespace MnistDistributed.Coordinator.Commands;

/// <summary><c>mnist train</c>: trains, evaluates, and leaves a report.</summary>
public static class TrainCommand
{
    private static readonly RunSpec Defaults = new();

    private static readonly Option<int> Epochs = Number("--epochs", Defaults.Epochs, "Passes over the training images.");
    private static readonly Option<int> Batch = Number("--batch", Defaults.Batch, "Images of one step, a multiple of --slots.");
    private static readonly Option<int> Slots = Number("--slots", Defaults.Slots, "Fixed virtual workers, a power of two: the most workers that can share a step. Part of the result, unlike --workers.");
    private static readonly Option<ulong> Seed = Number("--seed", Defaults.Seed, "Seed of every random number.");
    private static readonly Option<int> Validation = Number("--validation", Defaults.Validation, "Training images, the last ones, held out for the validation curves; 0 for none.");
    private static readonly Option<int> Workers = Number("--workers", Environment.ProcessorCount, "Workers, over all silos; one a core by default. Never changes the result.");
    private static readonly Option<int> Silos = Number("--silos", 1, "Silos in this process. Never changes the result.");
    private static readonly Option<string> Optimizer = Choice("--optimizer", Defaults.Recipe.Optimizer, "The optimizer.");
    private static readonly Option<double> LearningRate = Number("--learning-rate", Defaults.Recipe.LearningRate, "The learning rate; the peak of a one-cycle schedule.");
    private static readonly Option<string> Schedule = Choice("--schedule", Defaults.Recipe.Schedule, "How the learning rate moves.");
    private static readonly Option<double> WarmUp = Number("--warm-up", Defaults.Recipe.WarmUpEpochs, "Epochs of linear warm-up before a constant, step or cosine schedule; fractions count.");
    private static readonly Option<int> StepEpochs = Number("--step-epochs", Defaults.Recipe.StepEpochs, "Epochs between two drops of the step schedule.");
    private static readonly Option<double> StepFactor = Number("--step-factor", Defaults.Recipe.StepFactor, "Factor of each drop of the step schedule.");
    private static readonly Option<double> Momentum = Number("--momentum", Defaults.Recipe.Momentum, "Nesterov momentum of sgd.");
    private static readonly Option<double> Beta1 = Number("--beta1", Defaults.Recipe.Beta1, "Adam's decay of the first moment.");
    private static readonly Option<double> Beta2 = Number("--beta2", Defaults.Recipe.Beta2, "Adam's decay of the second moment.");
    private static readonly Option<double> WeightDecay = Number("--weight-decay", Defaults.Recipe.WeightDecay, "L2 penalty, added to the gradient.");
    private static readonly Option<double> ClipNorm = Number("--clip-norm", Defaults.Recipe.ClipNorm, "Bound on the gradient's global norm; 0 for none.");
    private static readonly Option<double> Dropout = Number("--dropout", Defaults.Recipe.Dropout, "Probability that a hidden unit is dropped.");
    private static readonly Option<double> Smoothing = Number("--label-smoothing", Defaults.Recipe.LabelSmoothing, "Share of the target that is spread over all classes.");
    private static readonly Option<int> Shift = Number("--shift", Defaults.Recipe.Shift, "Training images are shifted by up to so many pixels; 0 for none.");
    private static readonly Option<string?> Data = new("--data") { Description = "Folder with the four IDX files, raw or .gz; without it MNIST from the cache, filled on first use.", HelpName = "DIR" };
    private static readonly Option<string> Out = new("--out") { Description = "Folder in which the run's folder is made.", HelpName = "DIR", DefaultValueFactory = _ => "runs" };
    private static readonly Option<string?> Resume = new("--resume") { Description = "Goes on with an interrupted run, such as runs/20260131-093000, on any number of workers and silos.", HelpName = "RUN" };

    /// <summary>Options that shape the result; a resumed run has its own.</summary>
    private static readonly Option[] SpecOptions =
        [Epochs, Batch, Slots, Seed, Validation, Optimizer, LearningRate, Schedule, WarmUp, StepEpochs, StepFactor, Momentum, Beta1, Beta2, WeightDecay, ClipNorm, Dropout, Smoothing, Shift];

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var command = new Command("train", "Trains the network, evaluates it on the test images, and leaves a report.");
        foreach (var option in (Option[])[.. SpecOptions, Workers, Silos, Data, Out, Resume])
            command.Options.Add(option);
        command.SetAction(Train);
        return command;
    }

    private static async Task<int> Train(ParseResult arguments, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        var started = DateTimeOffset.Now;
        var options = new RunOptions { Workers = arguments.GetRequiredValue(Workers), Silos = arguments.GetRequiredValue(Silos) };
        string? resume = arguments.GetValue(Resume);
        if (resume is not null && SpecOptions.FirstOrDefault(option => arguments.GetResult(option) is { Implicit: false }) is { } shaping)
            throw new UsageException($"{shaping.Name} shapes the result, so it cannot be given with --resume: the run has its own in spec.json.");
        var resumed = resume is null ? null : RunFolder.Open(resume);
        var wanted = resumed?.ReadSpec() ?? SpecOf(arguments);
        CheckCluster(options, wanted.Slots);
        // What is wrong whatever the data set should be said before one is fetched.
        if (resumed is null)
            Check(wanted with { TrainingImages = 1_000_000, DataDigest = new string('0', 64) });

        var data = await DataSets.Load(arguments.GetValue(Data), stop);
        var spec = wanted with { TrainingImages = data.Train.Count, DataDigest = data.Digest };
        if (resumed is not null && wanted.DataDigest != data.Digest)
            throw new DataException($"The run was begun with the data set {wanted.DataDigest}, this one is {data.Digest}: give the run's own with --data.");
        Check(spec);

        var folder = resumed ?? RunFolder.Create(arguments.GetRequiredValue(Out), started, spec);
        var start = resumed is null ? Fresh(spec) : Last(resumed, spec);
        Announce(folder, spec, options, start);

        RunResult? result;
        await using (var cluster = await LocalCluster.Start(options.Silos, new LoadedDataSet(data), stop))
        {
            using IRunView view = AnsiConsole.Profile.Capabilities.Ansi && !Console.IsOutputRedirected ? new LiveView() : new PlainView(Console.Out, TimeProvider.System);
            result = await new TrainingRun(folder, spec, data, cluster.Grains, options, view).Train(start, stop);
        }

        string shown = Path.GetRelativePath(Environment.CurrentDirectory, folder.Path);
        if (result is null)
        {
            Console.WriteLine($"Stopped; a checkpoint is written. Go on with: ./mnist train --resume {shown}");
            return CommandErrors.Stopped;
        }

        ModelFile.Write(Path.Combine(folder.Path, "model.safetensors"), result.Weights, spec);
        double trained = result.History.Sum(epoch => epoch.Seconds);
        var summary = new RunSummary
        {
            RunId = folder.Id,
            Spec = spec,
            WeightsSha256 = WeightsDigest.Of(result.Weights),
            Epochs = result.History,
            Test = result.Test,
            TestImages = data.Test,
            Runtime = new RuntimeInfo(Packages.Orchestrator, options.Silos, options.Workers, Packages.StandIns),
            TrainImagesPerSecond = trained == 0 ? 0 : (double)(spec.TrainingImages - spec.Validation) * spec.Epochs / trained,
            TotalSeconds = clock.Elapsed.TotalSeconds,
            Started = started,
        };
        RunFiles.Write(folder.Path, summary);
        EvaluationPrinter.Print(AnsiConsole.Console, result.Test);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"Test accuracy {result.Test.Accuracy:P2}, loss {result.Test.Loss:F4}; {summary.TrainImagesPerSecond:N0} training images/s, {summary.TotalSeconds:F1} s in all."));
        Console.WriteLine($"Weights {summary.WeightsSha256}");
        Console.WriteLine($"Report  {Path.Combine(shown, "report.html")}");
        return 0;
    }

    private static RunSpec SpecOf(ParseResult arguments) => new()
    {
        Seed = arguments.GetRequiredValue(Seed),
        Batch = arguments.GetRequiredValue(Batch),
        Slots = arguments.GetRequiredValue(Slots),
        Epochs = arguments.GetRequiredValue(Epochs),
        Validation = arguments.GetRequiredValue(Validation),
        Recipe = new Recipe
        {
            Optimizer = Chosen<OptimizerKind>(arguments, Optimizer),
            LearningRate = arguments.GetRequiredValue(LearningRate),
            Schedule = Chosen<ScheduleKind>(arguments, Schedule),
            WarmUpEpochs = arguments.GetRequiredValue(WarmUp),
            StepEpochs = arguments.GetRequiredValue(StepEpochs),
            StepFactor = arguments.GetRequiredValue(StepFactor),
            Momentum = arguments.GetRequiredValue(Momentum),
            Beta1 = arguments.GetRequiredValue(Beta1),
            Beta2 = arguments.GetRequiredValue(Beta2),
            WeightDecay = arguments.GetRequiredValue(WeightDecay),
            ClipNorm = arguments.GetRequiredValue(ClipNorm),
            Dropout = arguments.GetRequiredValue(Dropout),
            LabelSmoothing = arguments.GetRequiredValue(Smoothing),
            Shift = arguments.GetRequiredValue(Shift),
        },
    };

    private static void Check(RunSpec spec)
    {
        if (RunSpecCheck.Problem(spec) is { } problem)
            throw new UsageException(problem);
    }

    private static void CheckCluster(RunOptions options, int slots)
    {
        if (options.Silos is < 1 or > 64)
            throw new UsageException($"--silos {options.Silos}: give 1 to 64.");
        if (WorkerShare.Problem(options.Workers, slots) is { } problem)
            throw new UsageException(problem);
    }

    private static Checkpoint Fresh(RunSpec spec) =>
        new(spec, TrainingState.Initial(spec, InitialWeights.Create(spec)), [], Term: 0, ElapsedSeconds: 0);

    private static Checkpoint Last(RunFolder folder, RunSpec spec)
    {
        var search = folder.Checkpoints.LoadNewest(spec);
        foreach (string skipped in search.Skipped)
            Console.Error.WriteLine(skipped);
        return search.Checkpoint ?? Fresh(spec);
    }

    private static void Announce(RunFolder folder, RunSpec spec, RunOptions options, Checkpoint start)
    {
        string from = start.State.Step == 0 ? "" : $" from step {start.State.Step:N0}";
        Console.WriteLine($"Run {folder.Id}: {spec.Epochs} epochs of {spec.TrainingImages - spec.Validation:N0} images{from}, batch {spec.Batch}, {options.Workers} workers on {options.Silos} silo{(options.Silos == 1 ? "" : "s")}");
        double kept = WorkerShare.Kept(options.Workers, spec.Slots);
        if (kept < 1)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{options.Workers} workers do not divide {spec.Slots} slots evenly: {1 - kept:P0} of their speed-up is lost."));
    }

    private static Option<T> Number<T>(string name, T value, string description) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };

    /// <summary>An option whose values are an enum's names as one writes them on a command line: <c>one-cycle</c>.</summary>
    private static Option<string> Choice<T>(string name, T value, string description)
        where T : struct, Enum
    {
        var option = new Option<string>(name) { Description = description, DefaultValueFactory = _ => NameOf(value) };
        return option.AcceptOnlyFromAmong([.. Enum.GetValues<T>().Select(NameOf)]);
    }

    private static T Chosen<T>(ParseResult arguments, Option<string> option)
        where T : struct, Enum =>
        Enum.GetValues<T>().Single(value => NameOf(value) == arguments.GetRequiredValue(option));

    private static string NameOf<T>(T value)
        where T : struct, Enum =>
        JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
