using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Training;

/// <summary>Whoever is told how a run goes on: the terminal, <c>state.json</c>. What an observer does not care for it leaves out.</summary>
public interface IRunObserver
{
    /// <summary>The run was looked at, which happens several times a second, or it has ended.</summary>
    void Progress(RunSnapshot run)
    {
    }

    /// <summary>An epoch has ended.</summary>
    void EpochDone(EpochRecord epoch)
    {
    }

    /// <summary>A checkpoint was written, or could not be.</summary>
    void CheckpointWritten(CheckpointWrite write)
    {
    }

    /// <summary>Something happened that people should know.</summary>
    void Note(string message)
    {
    }

    /// <summary>Something went wrong; whoever does not tell what from what takes it for a note.</summary>
    /// <param name="kind">What.</param>
    /// <param name="message">What people should know.</param>
    void Incident(RunIncident kind, string message) => Note(message);
}
