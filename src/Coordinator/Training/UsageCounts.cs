namespace MnistDistributed.Coordinator.Training;

/// <summary>What was counted of a run, in one term or over several.</summary>
public sealed record UsageCounts
{
    /// <summary>Terms that were opened.</summary>
    public int Terms { get; init; }

    /// <summary>Steps done.</summary>
    public int Steps { get; init; }

    /// <summary>Seconds that workers spent on gradients, summed over the workers.</summary>
    public double ComputeSeconds { get; init; }

    /// <summary>Bytes of weights and gradients that were sent.</summary>
    public long Bytes { get; init; }

    /// <summary>Orders for work that had been ordered before, and not answered in time.</summary>
    public int RepeatedOrders { get; init; }

    /// <summary>Those of the repeated orders that were given while the late session might yet answer.</summary>
    public int SpeculativeOrders { get; init; }

    /// <summary>Speculative orders that were answered first.</summary>
    public int SpeculativeWins { get; init; }

    /// <summary>Pushes that came too late.</summary>
    public int StalePushes { get; init; }

    /// <summary>Pushes whose numbers could not be used.</summary>
    public int RejectedPushes { get; init; }

    /// <summary>What was out of the ordinary, for people, as one line; null if nothing was.</summary>
    public string? Happened
    {
        get
        {
            List<string> parts = [];
            Add(Terms > 1 ? Terms : 0, "term", "terms");
            Add(RepeatedOrders, "order repeated", "orders repeated");
            Add(SpeculativeOrders, "of them speculative", "of them speculative");
            Add(SpeculativeWins, "of these the faster", "of these the faster");
            Add(StalePushes, "stale push", "stale pushes");
            Add(RejectedPushes, "push rejected", "pushes rejected");
            return parts.Count == 0 ? null : string.Join(", ", parts);

            void Add(int count, string one, string many)
            {
                if (count > 0)
                    parts.Add($"{count} {(count == 1 ? one : many)}");
            }
        }
    }

    /// <summary>The counts of both.</summary>
    public static UsageCounts operator +(UsageCounts a, UsageCounts b) => new()
    {
        Terms = a.Terms + b.Terms,
        Steps = a.Steps + b.Steps,
        ComputeSeconds = a.ComputeSeconds + b.ComputeSeconds,
        Bytes = a.Bytes + b.Bytes,
        RepeatedOrders = a.RepeatedOrders + b.RepeatedOrders,
        SpeculativeOrders = a.SpeculativeOrders + b.SpeculativeOrders,
        SpeculativeWins = a.SpeculativeWins + b.SpeculativeWins,
        StalePushes = a.StalePushes + b.StalePushes,
        RejectedPushes = a.RejectedPushes + b.RejectedPushes,
    };
}
