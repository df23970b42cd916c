using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using MnistDistributed.Coordinator.Clusters;
using MnistDistributed.Coordinator.Reports;
using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Coordinator.Steering;
using MnistDistributed.Coordinator.Terminal;
using MnistDistributed.Coordinator.Training;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Storage;
using MnistDistributed.Model.Training;
using Spectre.Console;

namespace MnistDistributed.Coordinator.Commands;

/// <summary><c>mnist train</c>: trains, evaluates, and leaves a report.</summary>
public static class TrainCommand
{
    private static readonly Option<string?> Data = new Option<string?>("--data")
    {
        Description = "Folder with the four IDX files, raw or .gz; without it MNIST from the cache, filled on first use.",
        HelpName = "DIR",
    }.NotEmpty();

    private static readonly Option<string> Out = new Option<string>("--out")
    {
        Description = "Folder in which the run's folder is made.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "runs",
    }.NotEmpty();

    private static readonly Option<string?> Resume = new Option<string?>("--resume")
    {
        Description = "Goes on with an interrupted run, such as runs/20260131-093000, on any number of workers and silos.",
        HelpName = "RUN",
    }.NotEmpty();

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var command = new Command("train", "Trains the network, evaluates it on the test images, and leaves a report.");
        foreach (var option in (Option[])[.. SpecOptions.All, .. ClusterArguments.All, Data, Out, Resume])
            command.Options.Add(option);
        command.SetAction(Train);
        return command;
    }

    private static async Task<int> Train(ParseResult arguments, CancellationToken stop)
    {
        // Signals are watched from the first wait on.
        await Task.Yield();
        var clock = Stopwatch.StartNew();
        var started = DateTimeOffset.Now;
        CheckCombination(arguments);

        using var resumed = arguments.GetValue(Resume) is { } path ? RunFolder.Open(path) : null;
        var wanted = resumed?.ReadSpec() ?? SpecOptions.Read(arguments);
        // What is wrong whatever the data set should be said before one is fetched: the fewest images that could be right.
        if (resumed is null)
            Check(wanted with { TrainingImages = Math.Clamp(wanted.Validation, 0, int.MaxValue - 1) + 1, DataDigest = new string('0', 64) });
        var request = ClusterArguments.Read(arguments, wanted.Slots);
        // Where the engine's native library is missing, this says so before anything is begun.
        GradientEngines.Create(wanted, ImageSet.Empty);

        var data = await DataSets.Load(arguments.GetValue(Data), stop);
        if (resumed is not null && wanted.DataDigest != data.Digest)
            throw new DataException($"The run was begun with the data set {wanted.DataDigest}, this one is {data.Digest}: give the run's own with --data.");
        var spec = wanted with { TrainingImages = data.Train.Count, DataDigest = data.Digest };
        Check(spec);

        await using var cluster = await TrainingCluster.Provide(request, data, spec.Slots, arguments.InvocationConfiguration.Output, stop);
        var options = cluster.Options;
        using var created = resumed is null ? RunFolder.Create(arguments.GetRequiredValue(Out), started, spec) : null;
        var folder = created ?? resumed!;
        string shown = Path.GetRelativePath(Environment.CurrentDirectory, folder.Path);
        string hint = $"Go on with: ./mnist train --resume {ShellWord.Of(shown)}{(arguments.GetValue(Data) is { } from ? $" --data {ShellWord.Of(from)}" : "")}";
        var start = Begin(folder, spec);
        Announce(folder, spec, options, cluster.Offered, start);

        var result = await Run(folder, data, cluster.Grains, options, start, hint, AfterLoss(request), stop);
        double seconds = clock.Elapsed.TotalSeconds + start.ElapsedSeconds;
        await Report(folder, shown, Summary(folder, spec, data, options, result, started, seconds), options, result, hint);
        return result.IsStopped && stop.IsCancellationRequested ? CommandErrors.Stopped : 0;
    }

    private static async Task<RunResult> Run(
        RunFolder folder, DataSet data, IGrainFactory grains, RunOptions options, Checkpoint start, string hint, string afterLoss, CancellationToken stop)
    {
        using var live = AnsiConsole.Profile.Capabilities.Ansi && AnsiConsole.Profile.Out.IsTerminal ? new LiveView(AnsiConsole.Console) : null;
        var control = new RunControl();
        using var pause = new PauseSignals(control);
        using var stopping = stop.Register(control.Stop);
        var run = new TrainingRun(folder, start, data, grains, options, (IRunObserver?)live ?? new PlainView(Console.Out, TimeProvider.System), control: control);
        try
        {
            // A second signal ends the process, so there is nothing that ends the run at once.
            return (await run.Train(CancellationToken.None))!;
        }
        catch (TimeoutException e)
        {
            throw new RunFailedException($"The cluster does not answer: {e.Message}{afterLoss} {hint}");
        }
        catch (QuorumException e)
        {
            throw new QuorumException($"{e.Message} {hint}");
        }
        catch (RunFailedException e) when (e.CanGoOn)
        {
            throw new RunFailedException($"{e.Message} {hint}");
        }
    }

    private static RunSummary Summary(
        RunFolder folder, RunSpec spec, DataSet data, RunOptions options, RunResult result, DateTimeOffset started, double seconds)
    {
        var plan = new SlotPlan(spec);
        double images = (double)plan.EpochOf(result.Steps) * plan.Samples + plan.SamplesBefore(plan.StepInEpoch(result.Steps));
        int workers = result.Usage.PeakWorkers == 0 ? result.Workers : Math.Min(result.Workers, result.Usage.PeakWorkers);
        return new RunSummary
        {
            RunId = folder.Id,
            Spec = spec,
            IsStopped = result.IsStopped,
            Steps = result.Steps,
            TotalSteps = plan.TotalSteps,
            Usage = result.Usage.Counters,
            WeightsSha256 = WeightsDigest.Of(result.Weights),
            Epochs = result.History,
            Test = result.Test,
            TestImages = data.Test,
            Runtime = new RuntimeInfo(options.Silos, workers) { Step = Cost(result.Usage) },
            TrainImagesPerSecond = result.TrainingSeconds == 0 ? 0 : images / result.TrainingSeconds,
            TotalSeconds = seconds,
            Started = started,
        };
    }

    private static StepCost? Cost(ClusterUsage usage)
    {
        var counts = usage.Counters.Total;
        return counts.Steps == 0 || usage.MeanWorkers == 0 ? null
            : new StepCost(1000 * usage.Seconds / counts.Steps, 1000 * counts.ComputeSeconds / counts.Steps / usage.MeanWorkers, (double)counts.Bytes / counts.Steps);
    }

    private static async Task Report(RunFolder folder, string shown, RunSummary summary, RunOptions options, RunResult result, string hint)
    {
        var disk = new PatientDisk(options.DiskPatience, TimeProvider.System, Console.WriteLine);
        await disk.Write("The report", () => WriteFiles(folder, summary, result), () => $"the checkpoint of its end is kept. {hint}", CancellationToken.None);
        EvaluationPrinter.Print(AnsiConsole.Console, result.Test);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"Test accuracy {result.Test.Accuracy:P2}, loss {result.Test.Loss:F4}; {summary.TrainImagesPerSecond:N0} training images/s, {Format.Duration(summary.TotalSeconds)} in all."));
        if (summary.Usage.Happened is { } happened)
            Console.WriteLine($"On the way: {happened}.");
        Console.WriteLine($"Weights {summary.WeightsSha256}");
        Console.WriteLine($"Report  {Path.Combine(shown, "report.html")}");
        if (result.IsStopped)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Stopped after step {summary.Steps:N0} of {summary.TotalSteps:N0}; a checkpoint is written. {hint}"));
    }

    private static bool WriteFiles(RunFolder folder, RunSummary summary, RunResult result)
    {
        RunFolder.Demand(folder.Path);
        ModelFile.Write(Path.Combine(folder.Path, "model.safetensors"), result.Weights, summary.Spec);
        RunFiles.Write(folder.Path, summary);
        return true;
    }

    /// <summary>What to know when a cluster answers no more; empty for silos in this process.</summary>
    private static string AfterLoss(ClusterRequest request) => request.Address is { Redis: null }
        ? " A cluster with a primary silo is over when that one is gone: './mnist cluster status' tells, './mnist cluster down' and 'up' make a new one."
        : "";

    private static void CheckCombination(ParseResult arguments)
    {
        if (arguments.GetValue(Resume) is null)
            return;
        if (SpecOptions.All.FirstOrDefault(option => arguments.IsGiven(option)) is { } shaping)
            throw new UsageException($"{shaping.Name} shapes the result, so it cannot be given with --resume: the run has its own in spec.json.");
        if (arguments.IsGiven(Out))
            throw new UsageException("--out cannot be given with --resume: the run has its folder.");
    }

    private static void Check(RunSpec spec)
    {
        if (RunSpecCheck.Problem(spec) is { } problem)
            throw new UsageException(problem);
    }

    /// <summary>The run's newest good checkpoint, or its very beginning.</summary>
    private static Checkpoint Begin(RunFolder folder, RunSpec spec)
    {
        var search = folder.Checkpoints.LoadNewest(spec);
        foreach (string note in folder.Notes.Concat(search.Notes))
            Console.Error.WriteLine(note);
        return search.Checkpoint ?? new Checkpoint(spec, TrainingState.Initial(spec), [], Term: 0, ElapsedSeconds: 0);
    }

    private static void Announce(RunFolder folder, RunSpec spec, RunOptions options, int? offered, Checkpoint start)
    {
        string from = start.State.Step == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" from step {start.State.Step:N0}");
        int workers = Math.Clamp(offered ?? options.Workers, 1, options.Workers);
        string joining = workers < options.Workers ? ", more when silos join" : "";
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"Run {folder.Id}: {Count(spec.Epochs, "epoch")} of {spec.TrainingImages - spec.Validation:N0} images{from}, batch {spec.Batch}, {Count(workers, "worker")} on {Count(options.Silos, "silo")}{joining}"));
        Console.WriteLine(SpeedUp.Bound(workers, spec));
        if (SpeedUp.Limit(offered ?? 0, spec) is { } limit)
            Console.WriteLine($"The cluster offers {offered} workers. {limit}");
    }

    private static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";
}
