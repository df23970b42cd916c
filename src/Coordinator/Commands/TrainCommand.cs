using System.CommandLine;
using System.Diagnostics;
using MnistDistributed.Coordinator.Clusters;
using MnistDistributed.Coordinator.Http;
using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Model;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Storage;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Commands;

/// <summary><c>mnist train</c>: trains, evaluates, and leaves a report.</summary>
public static class TrainCommand
{
    private static readonly Option<string?> Resume = new Option<string?>("--resume")
    {
        Description = "Goes on with an interrupted run, its folder or its name, on any number of workers and silos.",
        HelpName = "RUN",
    }.NotEmpty();

    private static readonly Option<string?> Run = new Option<string?>("--run")
    {
        Description = "The run's name in --out: begins it, goes on with it where it is not done, and ends with 0 at once where it is.",
        HelpName = "NAME",
    }.NotEmpty("a name");

    private static readonly Option<string?> From = new Option<string?>("--from")
    {
        Description = "Begins a new run at the weights of this model: its file, or the folder or the name of a run. Part of the result.",
        HelpName = "MODEL",
    }.NotEmpty("a model");

    /// <summary>What shapes the result: a run that is gone on with has its own.</summary>
    private static readonly IReadOnlyList<Option> Shaping = [.. SpecOptions.All, From];

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var command = new Command("train", "Trains the network, evaluates it on the test images, and leaves a report.");
        foreach (var option in (Option[])[
            .. SpecOptions.All, .. ClusterArguments.All, .. HttpArguments.All, CommonOptions.Data, CommonOptions.Transpose,
            CommonOptions.Labels, CommonOptions.Out, Run, Resume, From])
        {
            command.Options.Add(option);
        }

        command.SetAction(Train);
        return command;
    }

    private static async Task<int> Train(ParseResult arguments, CancellationToken stop)
    {
        // Signals are watched from the first wait on.
        await Task.Yield();
        var clock = Stopwatch.StartNew();
        CheckCombination(arguments);
        var configuration = arguments.InvocationConfiguration;
        await using var server = new RunServer(HttpArguments.Read(arguments));
        int code;
        try
        {
            code = await Train(arguments, server, clock, stop);
        }
        catch (Exception e)
        {
            // Nobody should wait for why it ended until the server has.
            code = CommandErrors.Tell(e, configuration.Error);
            server.Fail(OneLine.Brief(e.Message));
        }

        await server.Linger(configuration.Output, stop);
        return code;
    }

    private static async Task<int> Train(ParseResult arguments, RunServer server, Stopwatch clock, CancellationToken stop)
    {
        var output = arguments.InvocationConfiguration.Output;
        var named = Named(arguments);
        if (IsDone())
            return 0;

        string parent = arguments.GetRequiredValue(CommonOptions.Out);
        using var resumed = arguments.GetValue(Resume) is { } run ? RunFolder.Open(RunPath.Find(run, parent))
            : named is { IsBegun: true } ? await named.Open(output.WriteLine, stop) : null;
        // Its owner, which was waited for, may have ended it in order.
        if (IsDone())
            return 0;
        var initial = resumed is null ? ReadInitial(arguments) : null;
        var wanted = resumed?.ReadSpec() ?? ReadSpec(arguments, initial);
        var request = ClusterArguments.Read(arguments, wanted.Slots);
        // Where the engine's native library is missing, this says so before anything is begun.
        GradientEngines.Create(wanted, ImageSet.Empty);
        server.Listen();

        string? dataFolder = arguments.GetValue(CommonOptions.Data);
        bool transpose = arguments.GetValue(CommonOptions.Transpose);
        var data = await DataSets.Load(dataFolder, transpose, stop);
        if (resumed is not null && wanted.DataDigest != data.Digest)
        {
            throw new DataException(
                $"The run was begun with the data set {wanted.DataDigest}, this one is {data.Digest}: give the run's own with --data"
                + $"{(transpose ? ", perhaps without --transpose" : dataFolder is null ? "" : ", perhaps with --transpose")}.");
        }

        var spec = resumed is not null ? wanted : Checked(wanted with
        {
            TrainingImages = data.Train.Count,
            DataDigest = data.Digest,
            Validation = SpecOptions.ValidationOf(arguments, data.Train.Count),
            Network = wanted.Network with { Classes = data.Classes },
        });
        if (initial is not null)
            DemandNetwork(arguments.GetRequiredValue(From)!, initial, spec.Network);
        var labels = CommonOptions.LabelsOf(
            arguments, spec.Network.Classes, resumed?.ReadLabels(spec) ?? initial?.Labels ?? LabelNames.Numbers);
        await using var cluster =
            await TrainingCluster.Provide(request, data, spec.Slots, server.Meters, line => server.Wait(line, output), stop);
        var started = DateTimeOffset.Now - clock.Elapsed;
        using var created = resumed is null ? await Create() : null;
        if (IsDone())
            return 0;
        var folder = created ?? resumed!;
        if (arguments.IsGiven(CommonOptions.Labels))
            folder.WriteLabels(labels);
        var job = new TrainJob(folder, spec, data, labels, dataFolder, transpose, cluster, server, clock);
        var result = await job.Run(stop);
        return result.IsStopped && stop.IsCancellationRequested ? CommandErrors.Stopped : 0;

        async Task<RunFolder> Create()
        {
            try
            {
                return named is not null ? await named.Begin(spec, initial?.Weights, output.WriteLine, stop)
                    : RunFolder.Create(parent, started, spec, initial: initial?.Weights);
            }
            catch (Exception e) when (e is UnauthorizedAccessException or IOException)
            {
                throw new IOException($"--out {parent}: no run can be begun there: {e.Message}", e);
            }
        }

        bool IsDone()
        {
            if (named is not { IsDone: true })
                return false;
            output.WriteLine($"It is done: {Path.Combine(named.Path, "report.html")}");
            return true;
        }
    }

    /// <summary>The run that is called by its name, where one is; what shapes its result is what it was begun with.</summary>
    private static NamedRun? Named(ParseResult arguments)
    {
        if (arguments.GetValue(Run) is not { } name)
            return null;
        var named = new NamedRun(name, arguments.GetRequiredValue(CommonOptions.Out), TimeProvider.System);
        if (!named.IsBegun || !Shaping.Any(arguments.IsGiven))
            return named;
        var begun = RunFolder.ReadSpec(named.Path);
        var wanted = ReadSpec(arguments, initial: null) with { Validation = SpecOptions.ValidationOf(arguments, begun.TrainingImages) };
        named.Demand(wanted with { InitialWeights = InitialOf(arguments, begun) }, begun);
        return named;
    }

    private static string? InitialOf(ParseResult arguments, RunSpec begun)
    {
        try
        {
            return ReadInitial(arguments) is { } initial ? WeightsDigest.Of(initial.Weights) : null;
        }
        catch (FileNotFoundException)
        {
            // The run has its own copy of the weights that it was begun at, and goes on where the model that they came from is gone.
            return begun.InitialWeights;
        }
    }

    private static SavedModel? ReadInitial(ParseResult arguments)
    {
        if (arguments.GetValue(From) is not { } from)
            return null;
        var model = ModelFile.Read(RunPath.Model(from, arguments.GetRequiredValue(CommonOptions.Out)));
        DemandNetwork(from, model, SpecOptions.Read(arguments).Network with { Classes = model.Network.Classes });
        return model;
    }

    private static void DemandNetwork(string from, SavedModel model, CnnShape trained)
    {
        if (model.Network != trained)
            throw new InvalidDataException($"--from {from}: its network has {Shown(model.Network)}; what is trained has {Shown(trained)}.");

        static string Shown(CnnShape network) =>
            $"{network.Conv1} and {network.Conv2} filters, {network.Hidden} hidden units and {network.Classes} classes";
    }

    private static void CheckCombination(ParseResult arguments)
    {
        if (arguments.GetValue(Resume) is null)
            return;
        if (Shaping.FirstOrDefault(arguments.IsGiven) is { } shaping)
        {
            throw new UsageException(
                $"{shaping.Name} shapes the result, so it cannot be given with --resume: the run has its own in spec.json. "
                + "A run with other settings that begins at the weights of this one: ./mnist train --from RUN.");
        }

        foreach (var option in (Option[])[CommonOptions.Out, Run])
        {
            if (arguments.IsGiven(option))
                throw new UsageException($"{option.Name} cannot be given with --resume: the run has its folder.");
        }
    }

    private static RunSpec ReadSpec(ParseResult arguments, SavedModel? initial)
    {
        var wanted = SpecOptions.Read(arguments) with { InitialWeights = initial is null ? null : WeightsDigest.Of(initial.Weights) };
        // What is wrong whatever the data set should be said before one is fetched: the fewest images that could be right.
        int images = Math.Clamp(wanted.Validation, 0, int.MaxValue - 1) + 1;
        Checked(wanted with { TrainingImages = images, DataDigest = new string('0', 64) });
        return wanted;
    }

    private static RunSpec Checked(RunSpec spec) =>
        RunSpecCheck.Problem(spec) is { } problem ? throw new UsageException(problem) : spec;
}
