using MnistDistributed.Grains.Directory;

namespace MnistDistributed.Coordinator.Training;

/// <summary>
/// A run's entry in the directory, renewed beside all else that its coordinator does: a directory that hangs with its silo does not hold
/// the run up. One call is on its way at a time.
/// </summary>
/// <param name="directory">The directory.</param>
/// <param name="run">The run.</param>
/// <param name="time">The clock.</param>
public sealed class DirectoryEntry(IDirectoryGrain directory, string run, TimeProvider time)
{
    // A directory that is lost with its silo begins empty, and learns of the run so soon.
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private Task _call = Task.CompletedTask;
    private (int Workers, int Silos) _told;
    private long _toldAt;

    /// <summary>What the cluster had when the entry was last renewed; null before that.</summary>
    public ClusterOffer? Offer { get; private set; }

    /// <summary>Renews the entry where it is time, or where other workers are wanted. Never waits.</summary>
    /// <param name="workers">How many workers, over all silos.</param>
    /// <param name="silos">Silos that the coordinator has seen.</param>
    public void Renew(int workers, int silos)
    {
        if (!_call.IsCompleted || (_told == (workers, silos) && time.GetElapsedTime(_toldAt) < Period))
            return;
        _toldAt = time.GetTimestamp();
        _call = Register(workers, silos);
    }

    /// <summary>Removes the entry; a renewal that is on its way is waited for, or it would put the run back.</summary>
    public async Task Remove()
    {
        await _call;
        await directory.Remove(run);
    }

    private async Task Register(int workers, int silos)
    {
        try
        {
            Offer = await directory.Register(run, workers, silos);
            _told = (workers, silos);
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            // The directory may be moving to another silo; the next look at the run tries again.
            _told = default;
        }
    }
}
