using System.CommandLine;
using System.Diagnostics;
using MnistDistributed.Coordinator.Clusters;
using MnistDistributed.Coordinator.Http;
using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Model;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine;
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
            .. SpecOptions.All, .. ClusterArguments.All, .. HttpArguments.All, CommonOptions.Data, CommonOptions.Out, Run, Resume, From])
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
        float[]? initial = resumed is null ? ReadInitial(arguments) : null;
        var wanted = resumed?.ReadSpec() ?? ReadSpec(arguments, initial);
        var request = ClusterArguments.Read(arguments, wanted.Slots);
        // Where the engine's native library is missing, this says so before anything is begun.
        GradientEngines.Create(wanted, ImageSet.Empty);
        server.Listen();

        string? dataFolder = arguments.GetValue(CommonOptions.Data);
        var data = await DataSets.Load(dataFolder, stop);
        if (resumed is not null && wanted.DataDigest != data.Digest)
        {
            throw new DataException(
                $"The run was begun with the data set {wanted.DataDigest}, this one is {data.Digest}: give the run's own with --data.");
        }

        var spec = Checked(wanted with { TrainingImages = data.Train.Count, DataDigest = data.Digest });
        await using var cluster =
            await TrainingCluster.Provide(request, data, spec.Slots, server.Meters, line => server.Wait(line, output), stop);
        var started = DateTimeOffset.Now - clock.Elapsed;
        using var created = resumed is not null ? null
            : named is not null ? await named.Begin(spec, initial, output.WriteLine, stop)
            : RunFolder.Create(parent, started, spec, initial: initial);
        if (IsDone())
            return 0;
        var job = new TrainJob(created ?? resumed!, spec, data, dataFolder, cluster, server, clock);
        var result = await job.Run(stop);
        return result.IsStopped && stop.IsCancellationRequested ? CommandErrors.Stopped : 0;

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
        // It has its own copy of the weights that it was begun at, and goes on where the model that they came from is gone.
        bool isKept = arguments.IsGiven(From) && !File.Exists(FromFile(arguments));
        var wanted = ReadSpec(arguments, isKept ? null : ReadInitial(arguments));
        named.Demand(isKept ? wanted with { InitialWeights = begun.InitialWeights } : wanted, begun);
        return named;
    }

    private static string? FromFile(ParseResult arguments) =>
        arguments.GetValue(From) is { } model ? RunPath.Model(model, arguments.GetRequiredValue(CommonOptions.Out)) : null;

    private static float[]? ReadInitial(ParseResult arguments)
    {
        if (FromFile(arguments) is not { } file)
            return null;
        var (model, trained) = (ModelFile.Read(file), SpecOptions.Read(arguments).Network);
        return model.Network == trained ? model.Weights : throw new InvalidDataException(
            $"--from {file}: its network has {model.Network.Conv1} and {model.Network.Conv2} filters and {model.Network.Hidden} hidden "
            + $"units; what is trained has {trained.Conv1}, {trained.Conv2} and {trained.Hidden}.");
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

    private static RunSpec ReadSpec(ParseResult arguments, float[]? initial)
    {
        var wanted = SpecOptions.Read(arguments) with { InitialWeights = initial is null ? null : WeightsDigest.Of(initial) };
        // What is wrong whatever the data set should be said before one is fetched: the fewest images that could be right.
        int images = Math.Clamp(wanted.Validation, 0, int.MaxValue - 1) + 1;
        Checked(wanted with { TrainingImages = images, DataDigest = new string('0', 64) });
        return wanted;
    }

    private static RunSpec Checked(RunSpec spec) =>
        RunSpecCheck.Problem(spec) is { } problem ? throw new UsageException(problem) : spec;
}
