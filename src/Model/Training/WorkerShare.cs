namespace MnistDistributed.Model.Training;

/// <summary>How workers share the slots of a step.</summary>
public static class WorkerShare
{
    /// <summary>Why so many workers cannot share so many slots, as one sentence; null if they can.</summary>
    public static string? Problem(int workers, int slots)
    {
        if (workers < 1)
            return $"A run needs at least 1 worker, not {workers}.";
        return workers <= slots ? null
            : $"{workers} workers cannot share {slots} slots; up to {slots} workers would do, or {Slots(workers)}.";
    }

    /// <summary>
    /// How many times as fast as one worker W workers are at most: a step lasts as long as its busiest worker, which has ceil(S / W) of
    /// the S slots. S / ceil(S / W), W where W divides S.
    /// </summary>
    public static double Bound(int workers, int slots) => slots / Math.Ceiling(slots / (double)workers);

    /// <summary>The share of W workers' speed-up that is left where W does not divide the S slots; 1 where it does.</summary>
    public static double Kept(int workers, int slots) => Bound(workers, slots) / workers;

    private static string Slots(int workers)
    {
        long power = 1;
        while (power < workers)
            power *= 2;
        return power <= RunSpecCheck.MaxSlots ? $"{power} slots" : $"at most {RunSpecCheck.MaxSlots} slots for as many workers";
    }
}
