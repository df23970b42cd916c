namespace MnistDistributed.Model.Protocol;

/// <summary>What happened in a term, or what a call adds to it, in numbers.</summary>
public readonly record struct TermCounters
{
    /// <summary>Steps done.</summary>
    public int Steps { get; init; }

    /// <summary>Seconds that workers spent on gradients, summed over the workers.</summary>
    public double ComputeSeconds { get; init; }

    /// <summary>Bytes of weights sent and of gradients received.</summary>
    public long Bytes { get; init; }

    /// <summary>Orders for work that another session was given before, and has not answered.</summary>
    public int RepeatedOrders { get; init; }

    /// <summary>Those of the repeated orders whose earlier session is still there, and may yet answer.</summary>
    public int SpeculativeOrders { get; init; }

    /// <summary>Speculative orders that were answered before the earlier session answered.</summary>
    public int SpeculativeWins { get; init; }

    /// <summary>Pushes of another term, another step or an unknown session.</summary>
    public int StalePushes { get; init; }

    /// <summary>Pushes whose numbers could not be used: not finite, or of another digest than the one sent along.</summary>
    public int RejectedPushes { get; init; }

    /// <summary>Pushes whose blocks, lengths or sums are those of no order.</summary>
    public int MalformedPushes { get; init; }

    /// <summary>Workers that were refused.</summary>
    public int RefusedWorkers { get; init; }

    /// <summary>Workers that said why they cannot go on.</summary>
    public int GivenUpWorkers { get; init; }

    /// <summary>Workers that were late: that let a lease run out, or did not ask for long. One that comes back may be lost again.</summary>
    public int LostWorkers { get; init; }

    /// <summary>Both together.</summary>
    public static TermCounters operator +(TermCounters a, TermCounters b) => new()
    {
        Steps = a.Steps + b.Steps,
        ComputeSeconds = a.ComputeSeconds + b.ComputeSeconds,
        Bytes = a.Bytes + b.Bytes,
        RepeatedOrders = a.RepeatedOrders + b.RepeatedOrders,
        SpeculativeOrders = a.SpeculativeOrders + b.SpeculativeOrders,
        SpeculativeWins = a.SpeculativeWins + b.SpeculativeWins,
        StalePushes = a.StalePushes + b.StalePushes,
        RejectedPushes = a.RejectedPushes + b.RejectedPushes,
        MalformedPushes = a.MalformedPushes + b.MalformedPushes,
        RefusedWorkers = a.RefusedWorkers + b.RefusedWorkers,
        GivenUpWorkers = a.GivenUpWorkers + b.GivenUpWorkers,
        LostWorkers = a.LostWorkers + b.LostWorkers,
    };
}
