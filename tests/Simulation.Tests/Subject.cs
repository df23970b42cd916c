using MnistDistributed.Simulation.Audit;
using MnistDistributed.Simulation.Plans;

namespace MnistDistributed.Simulation.Tests;

/// <summary>What the plans are held against.</summary>
public static class Subject
{
    private static readonly Lazy<SimulationResult> Trained = new(() => SimulatedRun.Of(FaultPlan.Undisturbed, SimulationSubject.Small));

    /// <summary>What the run comes to when nothing happens to it.</summary>
    public static SimulationResult Undisturbed => Trained.Value;

    /// <summary>Runs a plan, and demands that it changes nothing.</summary>
    public static SimulationResult Bears(FaultPlan plan)
    {
        var result = SimulatedRun.Of(plan, SimulationSubject.Small);
        var differences = result.DifferencesFrom(Undisturbed);
        Assert.True(differences.Count == 0, $"{string.Join('\n', differences)}\nagain: ./mnist bench faults --plan \"{plan}\"");
        return result;
    }

    /// <summary>Runs a plan, and demands that each of its faults strikes and that they change nothing.</summary>
    public static SimulationResult BearsAll(string plan)
    {
        var result = Bears(FaultPlan.Parse(plan));
        Assert.All(result.Strikes, strike => Assert.NotNull(strike.At));
        return result;
    }
}
