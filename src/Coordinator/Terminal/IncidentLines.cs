using MnistDistributed.Grains.ParameterServer;

namespace MnistDistributed.Coordinator.Terminal;

/// <summary>Tells people each incident of a run once, whatever the number of looks and terms in which it is seen.</summary>
/// <param name="say">Told of each.</param>
public sealed class IncidentLines(Action<string> say)
{
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private int _seen;

    /// <summary>A new term begins; its incidents are counted from 0.</summary>
    public void BeginTerm() => _seen = 0;

    /// <summary>The run was seen.</summary>
    public void Saw(RunStatus status)
    {
        foreach (string incident in status.Incidents)
        {
            if (_told.Add(incident))
                say(incident);
        }

        int missed = status.IncidentCount - _seen - status.Incidents.Length;
        if (missed > 0)
            say($"{missed} more such {(missed == 1 ? "line is" : "lines are")} in the logs of the silos.");
        _seen = status.IncidentCount;
    }
}
