namespace MnistDistributed.Simulation.Plans;

/// <summary>Makes random plans.</summary>
public static class FaultPlans
{
    private const int MostFaults = 6;

    // The third flawed answer for one block rightly fails a run.
    private const int MostFlaws = 2;

    private static readonly FaultKind[] Kinds = Enum.GetValues<FaultKind>();

    /// <summary>The plan of a seed, always the same.</summary>
    /// <param name="seed">The seed, of the plan and of the run.</param>
    /// <param name="steps">Steps of the run, from which follows how many events there will be.</param>
    public static FaultPlan Random(ulong seed, int steps)
    {
        var random = new SeededRandom(seed, 3);
        var (silos, workers) = (random.Between(1, 4), random.Between(1, 8));
        var faults = new List<PlannedFault>();
        for (int left = random.Between(1, MostFaults); left > 0; left--)
        {
            var fault = Fault(random, steps, workers);
            if (!IsFlaw(fault) || faults.Count(IsFlaw) < MostFlaws)
                faults.Add(fault);
        }

        return new FaultPlan(seed, silos, workers, faults);
    }

    private static bool IsFlaw(PlannedFault fault) => fault.Kind is FaultKind.Corrupt or FaultKind.NotANumber;

    private static PlannedFault Fault(SeededRandom random, int steps, int workers)
    {
        var kind = random.OneOf(Kinds);
        var at = random.OneOf(Enum.GetValues<ProtocolEvent>().Where(at => PlannedFault.Fits(kind, at)).ToArray());
        // Most events are orders and pushes, and most of what happens should happen in the middle of a step.
        if (PlannedFault.Fits(kind, ProtocolEvent.Order) && random.Below(2) == 0)
            at = random.Below(2) == 0 && PlannedFault.Fits(kind, ProtocolEvent.Push) ? ProtocolEvent.Push : ProtocolEvent.Order;
        return new PlannedFault(at, random.Between(1, Events(at, steps, workers)), kind)
        {
            Target = PlannedFault.TakesTarget(kind) ? random.Below(4) : 0,
            Seconds = PlannedFault.TakesSeconds(kind) ? random.Between(1, PlannedFault.MaxSeconds) : 0,
            Workers = PlannedFault.TakesWorkers(kind) ? random.Between(1, 8) : 0,
        };
    }

    private static int Events(ProtocolEvent at, int steps, int workers) => at switch
    {
        ProtocolEvent.Order or ProtocolEvent.Push => steps * workers,
        ProtocolEvent.Logits => 4,
        ProtocolEvent.Epoch => 2,
        ProtocolEvent.Open => 2,
        _ => 6,
    };
}
