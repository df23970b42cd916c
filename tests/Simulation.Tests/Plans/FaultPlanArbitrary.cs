using FsCheck;
using FsCheck.Fluent;
using MnistDistributed.Model.Training;
using MnistDistributed.Simulation.Plans;

namespace MnistDistributed.Simulation.Tests.Plans;

/// <summary>
/// Random plans for FsCheck; a plan that fails is made smaller: fewer faults, earlier, shorter, on fewer silos with fewer workers.
/// </summary>
public static class FaultPlanArbitrary
{
    private static readonly int Steps = new SlotPlan(SimulationSubject.Small.Spec).TotalSteps;

    public static Arbitrary<FaultPlan> Plans() =>
        Arb.From(Gen.Choose(0, int.MaxValue - 1).Select(seed => FaultPlans.Random((ulong)seed, Steps)), Smaller);

    private static IEnumerable<FaultPlan> Smaller(FaultPlan plan)
    {
        for (int i = 0; i < plan.Faults.Count; i++)
            yield return plan with { Faults = [.. plan.Faults.Where((_, at) => at != i)] };
        foreach (int silos in Below(plan.Silos))
            yield return plan with { Silos = silos };
        foreach (int workers in Below(plan.Workers))
            yield return plan with { Workers = workers };
        for (int i = 0; i < plan.Faults.Count; i++)
        {
            foreach (var smaller in Smaller(plan.Faults[i]))
                yield return plan with { Faults = [.. plan.Faults.Select((fault, at) => at == i ? smaller : fault)] };
        }
    }

    private static IEnumerable<PlannedFault> Smaller(PlannedFault fault)
    {
        foreach (int count in Below(fault.Count))
            yield return fault with { Count = count };
        foreach (int seconds in Below(fault.Seconds))
            yield return fault with { Seconds = seconds };
        foreach (int workers in Below(fault.Workers))
            yield return fault with { Workers = workers };
        if (fault.Target > 0)
            yield return fault with { Target = 0 };
    }

    private static IEnumerable<int> Below(int number) =>
        new[] { 1, number / 2, number - 1 }.Where(smaller => smaller >= 1 && smaller < number).Distinct();
}
