namespace MnistDistributed.Model.Protocol;

/// <summary>What people should know of a term, each as one line.</summary>
/// <param name="kept">How many of the last ones are kept.</param>
internal sealed class IncidentLog(int kept)
{
    private readonly Queue<string> _last = [];

    /// <summary>How many there were.</summary>
    public int Count { get; private set; }

    /// <summary>The last ones, oldest first.</summary>
    public IReadOnlyList<string> Last => [.. _last];

    /// <summary>Adds an incident, unless it is among the last ones: a worker that is refused tries again and again.</summary>
    public void Add(string incident)
    {
        if (_last.Contains(incident))
            return;
        Count++;
        _last.Enqueue(incident);
        if (_last.Count > kept)
            _last.Dequeue();
    }
}
