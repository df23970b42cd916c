using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Training;

/// <summary>Several observers as one: each is told, in order.</summary>
/// <param name="observers">The observers.</param>
public sealed class RunObservers(params IRunObserver[] observers) : IRunObserver
{
    /// <inheritdoc/>
    public void Progress(RunSnapshot run)
    {
        foreach (var observer in observers)
            observer.Progress(run);
    }

    /// <inheritdoc/>
    public void EpochDone(EpochRecord epoch)
    {
        foreach (var observer in observers)
            observer.EpochDone(epoch);
    }

    /// <inheritdoc/>
    public void CheckpointWritten(CheckpointWrite write)
    {
        foreach (var observer in observers)
            observer.CheckpointWritten(write);
    }

    /// <inheritdoc/>
    public void Note(string message)
    {
        foreach (var observer in observers)
            observer.Note(message);
    }

    /// <inheritdoc/>
    public void Incident(RunIncident kind, string message)
    {
        foreach (var observer in observers)
            observer.Incident(kind, message);
    }
}
