using MnistDistributed.Coordinator.Training;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Steering;

/// <summary>
/// The coordinator's side of steering: it carries out what other processes ask of a run through its folder, and answers them.
/// </summary>
/// <param name="requests">What they ask.</param>
/// <param name="spec">The run.</param>
/// <param name="options">What the run was started with.</param>
/// <param name="control">What people want of the run.</param>
/// <param name="say">Told what is asked.</param>
public sealed class RequestHandler(RequestBox requests, RunSpec spec, RunOptions options, RunControl control, Action<string> say)
{
    /// <summary>How many workers the run wants now, over all silos.</summary>
    public int Workers { get; private set; } = options.Workers;

    /// <summary>Carries out all requests that wait.</summary>
    public void TakeRequests()
    {
        while (requests.TryTake(say) is { } request)
            requests.Answer(request, CarryOut(request));
    }

    private RequestAnswer CarryOut(RunRequest request)
    {
        switch (request.Kind)
        {
            case not RunRequestKind.Stop when control.IsStopping:
                return RequestAnswer.Refused("The run is stopping.");
            case RunRequestKind.Scale:
                return Scale(request.Workers ?? options.AutoWorkers, isAuto: request.Workers is null);
            case RunRequestKind.Pause when control.IsPaused:
                return RequestAnswer.Done("The run is paused already.");
            case RunRequestKind.Pause:
                control.Pause();
                return RequestAnswer.Done("The run pauses after the step in progress.");
            case RunRequestKind.Resume when !control.IsPaused:
                return RequestAnswer.Done("The run is not paused.");
            case RunRequestKind.Resume:
                control.Resume();
                return RequestAnswer.Done("The run goes on.");
            default:
                control.Stop();
                return RequestAnswer.Done("The run stops after the step in progress; it is saved, evaluated and reported then.");
        }
    }

    private RequestAnswer Scale(int workers, bool isAuto)
    {
        if (SpeedUp.Limit(workers, spec) is { } limit)
            return RequestAnswer.Refused(limit);
        if (workers < options.MinWorkers)
            return RequestAnswer.Refused(
                $"The run was started with --min-workers {options.MinWorkers}: fewer workers would keep it waiting.");
        Workers = workers;
        // How many a cluster offers changes with its silos.
        string count = workers == 1 ? "1 worker" : $"{workers} workers";
        string who = isAuto ? $"All workers that there are, at most {count}," : count;
        string answer = $"{who} from the next step on. {SpeedUp.Bound(workers, spec)}";
        say(answer);
        return RequestAnswer.Done(answer);
    }
}
