using MnistDistributed.Coordinator.Terminal;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Simulation;

/// <summary>Keeps what a run tells people.</summary>
internal sealed class Notes : IRunView
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines => _lines;

    public void Progress(RunView run)
    {
    }

    public void EpochDone(EpochRecord epoch)
    {
    }

    public void Note(string message) => _lines.Add(message);

    public void Dispose()
    {
    }
}
