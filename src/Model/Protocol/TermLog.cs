using MnistDistributed.Model.Telemetry;

namespace MnistDistributed.Model.Protocol;

/// <summary>What people should know of a term.</summary>
/// <param name="kept">How many of the last incidents are kept.</param>
/// <param name="meter">Where it is measured; null for nowhere.</param>
internal sealed class TermLog(int kept, ProtocolMeter? meter)
{
    private readonly Queue<string> _incidents = [];

    /// <summary>What happened, in numbers.</summary>
    public TermCounters Counters { get; private set; }

    /// <summary>The last incidents, each as one line, oldest first.</summary>
    public IReadOnlyList<string> Incidents => [.. _incidents];

    /// <summary>How many incidents there were.</summary>
    public int IncidentCount { get; private set; }

    /// <summary>Why a worker was last refused or gave up; null if somebody has joined since.</summary>
    public string? Trouble { get; set; }

    /// <summary>Why the run failed; null if it did not.</summary>
    public string? Failure { get; set; }

    /// <summary>Something happened.</summary>
    public void Count(TermCounters added)
    {
        Counters += added;
        if (added != default)
            meter?.Ordered(added);
    }

    /// <summary>A push was received.</summary>
    public void Pushed(PushOutcome outcome, TermCounters added)
    {
        Count(added);
        meter?.Pushed(outcome);
    }

    /// <summary>Adds an incident, unless it is among the last ones: a worker that is refused tries again and again.</summary>
    public void Add(string? incident)
    {
        if (incident is null || _incidents.Contains(incident))
            return;
        IncidentCount++;
        _incidents.Enqueue(incident);
        if (_incidents.Count > kept)
            _incidents.Dequeue();
    }
}
