using MnistDistributed.Coordinator.Training;

namespace MnistDistributed.Simulation;

/// <summary>Keeps what a run tells people.</summary>
internal sealed class Notes : IRunObserver
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines => _lines;

    public void Note(string message) => _lines.Add(message);
}
