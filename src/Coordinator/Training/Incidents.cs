using MnistDistributed.Grains.ParameterServer;

namespace MnistDistributed.Coordinator.Training;

/// <summary>A run's incidents that people have not been told of: each is found once, in however many looks and terms it is seen.</summary>
public sealed class Incidents
{
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private int _seen;

    /// <summary>A new term begins; its incidents are counted from 0.</summary>
    public void BeginTerm() => _seen = 0;

    /// <summary>The run was seen.</summary>
    /// <returns>What is new, a line each.</returns>
    public IReadOnlyList<string> Observe(TermStatus status)
    {
        List<string> lines = [.. status.Incidents.Where(_told.Add)];
        int missed = status.IncidentCount - _seen - status.Incidents.Length;
        if (missed > 0)
            lines.Add($"{missed} more such {(missed == 1 ? "line is" : "lines are")} in the logs of the silos.");
        _seen = status.IncidentCount;
        return lines;
    }
}
