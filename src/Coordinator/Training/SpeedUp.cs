using System.Globalization;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Training;

/// <summary>What people should know of how much faster more workers make a run, and where its spec is what limits them.</summary>
public static class SpeedUp
{
    // Where less of the workers' speed-up is left, a spec with more slots is worth telling of.
    private const double Worth = 0.95;

    /// <summary>
    /// The bound on the speed of so many workers, as one line, with what another spec would allow where the slots cannot be dealt evenly.
    /// </summary>
    public static string Bound(int workers, RunSpec spec)
    {
        if (workers == 1)
            return $"1 worker on {spec.Slots} slots; up to {spec.Slots} could share them.";
        string bound = string.Create(CultureInfo.InvariantCulture,
            $"{workers} workers on {spec.Slots} slots: at most {WorkerShare.Bound(workers, spec.Slots):0.##} times the speed of one.");
        int slots = spec.Slots;
        while (WorkerShare.Kept(workers, slots) < Worth && slots < RunSpecCheck.MaxSlots)
            slots *= 2;
        return slots == spec.Slots ? bound : string.Create(CultureInfo.InvariantCulture,
            $"{bound} {Options(slots, spec)} would allow {WorkerShare.Bound(workers, slots):0.##} times:"
            + $" another spec, and another result.");
    }

    /// <summary>Why so many workers cannot all take part, and which spec would let them, as one line; null if they can.</summary>
    public static string? Limit(int workers, RunSpec spec)
    {
        if (workers <= spec.Slots)
            return null;
        int slots = spec.Slots;
        while (slots < workers && slots < RunSpecCheck.MaxSlots)
            slots *= 2;
        string limit = $"{spec.Slots} slots share the work of {spec.Slots} workers at most";
        return slots == spec.Slots ? $"{limit}, and no spec has more."
            : $"{limit}; {Options(slots, spec)} would let {slots} take part: another spec, and another result.";
    }

    /// <summary>The images of a slot stay as many: a slot with fewer computes each of them slower.</summary>
    private static string Options(int slots, RunSpec spec) => $"--slots {slots} --batch {spec.Batch / spec.Slots * slots}";
}
