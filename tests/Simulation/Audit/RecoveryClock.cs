using MnistDistributed.Simulation.Plans;
using MnistDistributed.Simulation.Time;

namespace MnistDistributed.Simulation.Audit;

/// <summary>Measures how long each fault holds a run up.</summary>
/// <param name="world">The world.</param>
/// <param name="faults">The faults of the plan.</param>
public sealed class RecoveryClock(VirtualWorld world, IReadOnlyList<PlannedFault> faults)
{
    private readonly Strike[] _strikes = [.. faults.Select(fault => new Strike(fault))];
    private readonly int[] _reached = new int[faults.Count];
    private int _steps;

    /// <summary>What became of each fault.</summary>
    public IReadOnlyList<Strike> Strikes => _strikes;

    /// <summary>A fault has struck.</summary>
    /// <param name="fault">Its place in the plan.</param>
    public void Struck(int fault)
    {
        _strikes[fault] = _strikes[fault] with { At = world.Now };
        _reached[fault] = _steps;
    }

    /// <summary>The run has done a step.</summary>
    /// <param name="steps">Steps done by then.</param>
    public void StepDone(int steps)
    {
        _steps = Math.Max(_steps, steps);
        for (int i = 0; i < _strikes.Length; i++)
        {
            if (_strikes[i] is not { At: { } at } strike)
                continue;
            _strikes[i] = strike with
            {
                NextStep = strike.NextStep ?? world.Now - at,
                Recovered = strike.Recovered ?? (steps > _reached[i] ? world.Now - at : null),
            };
        }
    }
}
