using System.Diagnostics;
using System.Globalization;
using MnistDistributed.Coordinator.Clusters;
using MnistDistributed.Coordinator.Http;
using MnistDistributed.Coordinator.Reports;
using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Coordinator.Steering;
using MnistDistributed.Coordinator.Telemetry;
using MnistDistributed.Coordinator.Terminal;
using MnistDistributed.Coordinator.Training;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Storage;
using MnistDistributed.Model.Training;
using Spectre.Console;

namespace MnistDistributed.Coordinator.Commands;

/// <summary>One training as a person sees it: announced, shown while it goes on, reported, and with a hint how it goes on.</summary>
/// <param name="folder">The run's folder.</param>
/// <param name="spec">What shapes the result.</param>
/// <param name="data">The data set.</param>
/// <param name="labels">What its classes are called.</param>
/// <param name="dataFolder">The folder that it was read from; null for MNIST from the cache.</param>
/// <param name="transpose">Whether rows and columns of its images changed places.</param>
/// <param name="cluster">What the run is trained on.</param>
/// <param name="server">What the run is watched by from outside.</param>
/// <param name="clock">Runs since the command began.</param>
public sealed class TrainJob(
    RunFolder folder, RunSpec spec, DataSet data, LabelNames labels, string? dataFolder, bool transpose, TrainingCluster cluster,
    RunServer server, Stopwatch clock)
{
    private readonly string _shown = Path.GetRelativePath(Environment.CurrentDirectory, folder.Path);

    private string Hint =>
        $"Go on with: ./mnist train --resume {ShellWord.Of(_shown)}{(dataFolder is null ? "" : $" --data {ShellWord.Of(dataFolder)}")}"
        + (transpose ? " --transpose" : "");

    /// <summary>Trains from the run's newest good checkpoint, or its very beginning, and leaves a report.</summary>
    /// <param name="stop">Stops the run in order.</param>
    /// <exception cref="RunFailedException">The run cannot go on; the message says how it might.</exception>
    /// <exception cref="QuorumException">There were too few workers for too long.</exception>
    public async Task<RunResult> Run(CancellationToken stop)
    {
        var started = DateTimeOffset.Now - clock.Elapsed;
        var (start, checkpoint) = Begin();
        Announce(start.State.Step);
        var meter = new CoordinatorMeter(folder.Id, spec, started, checkpoint, TimeProvider.System, labels);
        var watchers = await server.Begin(folder.Id, meter, Console.Out);
        RunFailedException? failure = null;
        RunResult result;
        try
        {
            result = await Train(start, watchers, stop);
        }
        catch (RunFailedException e) when (e.Result is { } reached)
        {
            (failure, result) = (e, reached);
        }

        var summary = RunSummary.Of(folder.Id, spec, data, cluster.Options.Silos, result) with
        {
            TotalSeconds = clock.Elapsed.TotalSeconds + start.ElapsedSeconds,
            Started = started,
            Labels = labels,
        };
        await Report(summary, result, watchers);
        return failure is null ? result : throw failure;
    }

    private (Checkpoint Start, FileInfo? File) Begin()
    {
        var search = folder.Checkpoints.LoadNewest(spec);
        foreach (string note in folder.Notes.Concat(search.Notes))
            Console.Error.WriteLine(note);
        var start = search.Checkpoint ?? folder.Beginning(spec);
        return (start, search.Path is null ? null : new FileInfo(search.Path));
    }

    private void Announce(int step)
    {
        var options = cluster.Options;
        int workers = Math.Clamp(cluster.Offered ?? options.Workers, 1, options.Workers);
        string from = step > 0 ? string.Create(CultureInfo.InvariantCulture, $" from step {step:N0}")
            : spec.InitialWeights is null ? "" : " from given weights";
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"Run {folder.Id}: {Counted.Of(spec.Epochs, "epoch")} of {spec.TrainingImages - spec.Validation:N0} images{from}, "
            + $"batch {spec.Batch}, {Counted.Of(workers, "worker")} on {Counted.Of(options.Silos, "silo")}"
            + $"{(workers < options.Workers ? ", more when silos join" : "")}"));
        Console.WriteLine(SpeedUp.Bound(workers, spec));
        if (SpeedUp.Limit(cluster.Offered ?? 0, spec) is { } limit)
            Console.WriteLine($"The cluster offers {cluster.Offered} workers. {limit}");
    }

    private async Task<RunResult> Train(Checkpoint start, IRunObserver watchers, CancellationToken stop)
    {
        bool isTerminal = AnsiConsole.Profile.Capabilities.Ansi && AnsiConsole.Profile.Out.IsTerminal;
        using var live = isTerminal ? new LiveView(AnsiConsole.Console) : null;
        var view = (IRunObserver?)live ?? new PlainView(Console.Out, TimeProvider.System);
        var control = new RunControl();
        using var pause = new PauseSignals(control);
        using var stopping = stop.Register(control.Stop);
        var observers = new RunObservers(view, watchers);
        var run = new TrainingRun(folder, start, data, cluster.Grains, cluster.Options, observers, control: control);
        try
        {
            // A second signal ends the process, so there is nothing that ends the run at once.
            return (await run.Train(CancellationToken.None))!;
        }
        catch (TimeoutException e)
        {
            throw new RunFailedException($"The cluster does not answer: {e.Message}{cluster.AfterLoss} {Hint}");
        }
        catch (QuorumException e)
        {
            throw new QuorumException($"{e.Message} {Hint}");
        }
        catch (RunFailedException e) when (e.CanGoOn)
        {
            throw new RunFailedException($"{e.Message} {Hint}");
        }
    }

    private async Task Report(RunSummary summary, RunResult result, IRunObserver watchers)
    {
        var observers = new RunObservers(new PlainView(Console.Out, TimeProvider.System), watchers);
        var disk = new PatientDisk(cluster.Options.DiskPatience, TimeProvider.System, observers);
        string kept = $"the checkpoint of its end is kept. {Hint}";
        await disk.Write("The report", () => WriteFiles(summary, result.Weights), () => kept, CancellationToken.None);
        EvaluationPrinter.Print(AnsiConsole.Console, result.Test, labels);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"Test accuracy {result.Test.Accuracy:P2}, loss {Format.Loss(result.Test.Loss)}; "
            + $"{summary.TrainImagesPerSecond:N0} training images/s, {Format.Duration(summary.TotalSeconds)} in all."));
        foreach (var warning in summary.Warnings)
            Console.WriteLine(warning.Text);
        if (summary.Usage.Happened is { } happened)
            Console.WriteLine($"On the way: {happened}.");
        Console.WriteLine($"Weights {summary.WeightsSha256}");
        Console.WriteLine($"Report  {Path.Combine(_shown, "report.html")}");
        if (result.IsStopped)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"Stopped after step {summary.Steps:N0} of {summary.TotalSteps:N0}; a checkpoint is written. {Hint}"));
        }
    }

    private bool WriteFiles(RunSummary summary, float[] weights)
    {
        RunFolder.Demand(folder.Path);
        ModelFile.Write(Path.Combine(folder.Path, ModelFile.Name), weights, spec, labels);
        RunFiles.Write(folder.Path, summary);
        return true;
    }
}
