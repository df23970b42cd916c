using System.CommandLine;
using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Coordinator.Steering;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Commands;

/// <summary>
/// <c>mnist scale</c>, <c>pause</c>, <c>resume</c> and <c>stop</c>: steer a run that another process has in progress, through its folder.
/// </summary>
public static class SteerCommands
{
    private static readonly Argument<string> Run = new Argument<string>("RUN")
    {
        Description = "The run: its folder, such as runs/20260131-093000, or its name in --out.",
    }.NotEmpty();

    private static readonly Option<string> Workers = CommonOptions.Workers(
        "Workers, over all silos, but no more than slots; auto for all that the cluster offers. Never changes the result.", null);

    /// <summary>Makes <c>scale</c>.</summary>
    public static Command Scale()
    {
        var command = Steer("scale", "Changes the number of workers of a run in progress, from its next step on.", RunRequestKind.Scale);
        command.Options.Add(Workers);
        return command;
    }

    /// <summary>Makes <c>pause</c>.</summary>
    public static Command Pause() => Steer("pause", "Pauses a run in progress after its current step.", RunRequestKind.Pause);

    /// <summary>Makes <c>resume</c>.</summary>
    public static Command Resume() => Steer("resume", "Lets a paused run go on.", RunRequestKind.Resume);

    /// <summary>Makes <c>stop</c>.</summary>
    public static Command Stop() =>
        Steer("stop", "Ends a run in progress after its current step, evaluated and reported as far as it is; it can be resumed.",
            RunRequestKind.Stop);

    private static Command Steer(string name, string description, RunRequestKind kind)
    {
        var command = new Command(name, description) { Run, CommonOptions.Out };
        command.SetAction((arguments, stop) => Ask(arguments, kind, stop));
        return command;
    }

    private static async Task<int> Ask(ParseResult arguments, RunRequestKind kind, CancellationToken stop)
    {
        // Signals are watched from the first wait on.
        await Task.Yield();
        string folder = RunPath.Find(arguments.GetRequiredValue(Run), arguments.GetRequiredValue(CommonOptions.Out));
        int? workers = kind == RunRequestKind.Scale ? Share(arguments.GetWorkers(Workers), folder) : null;
        var answer = await new RunSteering(folder, TimeProvider.System).Ask(kind, workers, stop);
        var configuration = arguments.InvocationConfiguration;
        (answer.IsDone ? configuration.Output : configuration.Error).WriteLine(answer.Text);
        return answer.IsDone ? 0 : CommandErrors.Failure;
    }

    private static int? Share(int? workers, string folder) =>
        workers is { } number && WorkerShare.Problem(number, RunFolder.ReadSpec(folder).Slots) is { } problem
            ? throw new UsageException(problem)
            : workers;
}
