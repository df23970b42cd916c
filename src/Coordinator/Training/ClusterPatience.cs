using MnistDistributed.Model;

namespace MnistDistributed.Coordinator.Training;

/// <summary>Patience with a cluster that does not answer, as one that has lost a silo does not for some seconds.</summary>
/// <param name="patience">How long.</param>
/// <param name="time">The clock.</param>
/// <param name="observer">Told when the cluster is waited for, and when it answers.</param>
public sealed class ClusterPatience(TimeSpan patience, TimeProvider time, IRunObserver observer)
{
    /// <summary>Time until what failed is tried again.</summary>
    public static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a call is waited for that the run could do without.</summary>
    public static readonly TimeSpan BestEffort = TimeSpan.FromSeconds(5);

    private long? _silentSince;

    /// <summary>Whether an error is the cluster's, and may pass: silos that are lost, or a state that was damaged on its way.</summary>
    public static bool IsPassing(Exception error) => error is OrleansException or TimeoutException or InvalidDataException;

    /// <summary>Why there was no answer, for people.</summary>
    public static string Why(Exception cause) => cause is TimeoutException ? "no answer in time" : OneLine.Brief(cause.Message);

    /// <summary>The cluster has answered.</summary>
    public void Answered()
    {
        if (_silentSince is not null)
            observer.Note("The cluster answers again.");
        _silentSince = null;
    }

    /// <summary>Waits until a call that failed can be tried again.</summary>
    /// <param name="cause">Why it failed.</param>
    /// <param name="end">Ends the waiting.</param>
    /// <returns>Null to try again; why the cluster is given up, as one sentence, when it has not answered for too long.</returns>
    public async Task<string?> RetryLater(Exception cause, CancellationToken end)
    {
        if (_silentSince is null)
        {
            observer.Incident(RunIncident.ClusterSilent,
                $"The cluster does not answer{(cause is InvalidDataException ? " as it should" : "")} ({Why(cause)}); trying again.");
        }

        _silentSince ??= time.GetTimestamp();
        if (time.GetElapsedTime(_silentSince.Value) > patience)
            return $"nothing came back for {patience.TotalSeconds:N0} s. ({Why(cause)})";
        await Task.Delay(RetryDelay, time, end);
        return null;
    }
}
