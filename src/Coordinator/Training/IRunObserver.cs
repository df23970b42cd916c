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

    /// <summary>Something happened that people should know.</summary>
    void Note(string message)
    {
    }
}
