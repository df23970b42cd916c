using System.Globalization;
using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Coordinator.Terminal;
using MnistDistributed.Coordinator.Training;

namespace MnistDistributed.Coordinator.Steering;

/// <summary>
/// The asking side of steering: it asks something of a run that another process has in progress, and waits for the answer.
/// </summary>
/// <param name="folder">The run's folder.</param>
/// <param name="time">What the waiting is timed by.</param>
public sealed class RunSteering(string folder, TimeProvider time)
{
    /// <summary>How long a run may take to answer: longer than a cluster may take to answer its coordinator.</summary>
    public static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(45);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly RequestBox _box = new(folder);
    private readonly string _id = Path.GetFileName(folder);

    /// <summary>Asks, and waits for the answer. Who stops waiting withdraws what he asked, if the run has not begun on it.</summary>
    /// <param name="kind">What is asked.</param>
    /// <param name="workers">
    /// For <see cref="RunRequestKind.Scale"/> the number of workers, null for all that the cluster offers; else null.
    /// </param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RunFailedException">The run is not in progress, or does not answer in time.</exception>
    /// <exception cref="InvalidDataException">The owner's file or the answer is damaged.</exception>
    /// <exception cref="IOException">The disk or the folder cannot take the request.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder must not be written.</exception>
    public async Task<RequestAnswer> Ask(RunRequestKind kind, int? workers, CancellationToken cancellationToken)
    {
        if (Owner() is not { } owner)
            throw NotInProgress(kind);
        var request = _box.Send(new RunRequest(kind, workers, RunOwner.New(time).ToString()), time.GetUtcNow());
        try
        {
            long sent = time.GetTimestamp();
            while (time.GetElapsedTime(sent) < AnswersWithin)
            {
                // Its answer may be the last that a run does.
                bool isInProgress = owner.IsSame(Owner());
                if (_box.TryTakeAnswer(request) is { } answer)
                    return answer;
                if (!isInProgress)
                    throw new RunFailedException($"Run {_id} ended before it answered; ./mnist runs tells how.");
                await Task.Delay(Pause, time, cancellationToken);
            }

            throw new RunFailedException($"Run {_id} has not answered for {AnswersWithin.TotalSeconds:N0} s: its coordinator is {owner}. "
                + (_box.Withdraw(request) ? "The request is withdrawn." : "It has taken the request, and may still carry it out."));
        }
        finally
        {
            _box.Withdraw(request);
        }
    }

    private RunOwner? Owner() => RunOwner.Read(folder) is { } owner && owner.IsAlive(time) ? owner : null;

    private RunFailedException NotInProgress(RunRequestKind kind)
    {
        var run = RunEntry.Look(folder, time);
        string shown = ShellWord.Of(Path.GetRelativePath(Environment.CurrentDirectory, folder));
        if (run.State == "done")
        {
            return new RunFailedException($"Run {_id} is done: there is nothing to {kind.ToString().ToLowerInvariant()}. "
                + $"A new run begins at its weights with: ./mnist train --from {shown}");
        }

        string where = string.Create(CultureInfo.InvariantCulture, $"at step {run.Step:N0} of {run.TotalSteps:N0}");
        string lost = RunOwner.Read(folder) is { } owner ? $": its coordinator, {owner}, is gone"
            : run.State == "stopped" ? $": it was stopped {where}"
            : run.State == "failed" ? $": it failed {where}"
            : "";
        return new RunFailedException($"Run {_id} is not in progress{lost}. Go on with: ./mnist train --resume {shown}");
    }
}
