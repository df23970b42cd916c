using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Terminal;

/// <summary>Shows a run while it goes on.</summary>
public interface IRunView : IDisposable
{
    /// <summary>Called several times a second.</summary>
    void Progress(RunView run);

    /// <summary>An epoch has ended.</summary>
    void EpochDone(EpochRecord epoch);

    /// <summary>Something that people should know.</summary>
    void Note(string message);
}
