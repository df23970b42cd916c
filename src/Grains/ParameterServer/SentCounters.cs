using MnistDistributed.Model.Protocol;

namespace MnistDistributed.Grains.ParameterServer;

/// <summary><see cref="TermCounters"/> on their way, for the model knows nothing of Orleans.</summary>
[GenerateSerializer]
internal struct SentCounters
{
    [Id(0)] public int Steps;
    [Id(1)] public double ComputeSeconds;
    [Id(2)] public long Bytes;
    [Id(3)] public int RepeatedOrders;
    [Id(4)] public int SpeculativeOrders;
    [Id(5)] public int SpeculativeWins;
    [Id(6)] public int StalePushes;
    [Id(7)] public int RejectedPushes;
    [Id(8)] public int MalformedPushes;
    [Id(9)] public int RefusedWorkers;
    [Id(10)] public int GivenUpWorkers;
    [Id(11)] public int LostWorkers;
}

/// <summary>The converter that turns counters into what is sent, and back.</summary>
[RegisterConverter]
internal sealed class SentCountersConverter : IConverter<TermCounters, SentCounters>
{
    /// <inheritdoc/>
    public TermCounters ConvertFromSurrogate(in SentCounters sent) => new()
    {
        Steps = sent.Steps,
        ComputeSeconds = sent.ComputeSeconds,
        Bytes = sent.Bytes,
        RepeatedOrders = sent.RepeatedOrders,
        SpeculativeOrders = sent.SpeculativeOrders,
        SpeculativeWins = sent.SpeculativeWins,
        StalePushes = sent.StalePushes,
        RejectedPushes = sent.RejectedPushes,
        MalformedPushes = sent.MalformedPushes,
        RefusedWorkers = sent.RefusedWorkers,
        GivenUpWorkers = sent.GivenUpWorkers,
        LostWorkers = sent.LostWorkers,
    };

    /// <inheritdoc/>
    public SentCounters ConvertToSurrogate(in TermCounters counters) => new()
    {
        Steps = counters.Steps,
        ComputeSeconds = counters.ComputeSeconds,
        Bytes = counters.Bytes,
        RepeatedOrders = counters.RepeatedOrders,
        SpeculativeOrders = counters.SpeculativeOrders,
        SpeculativeWins = counters.SpeculativeWins,
        StalePushes = counters.StalePushes,
        RejectedPushes = counters.RejectedPushes,
        MalformedPushes = counters.MalformedPushes,
        RefusedWorkers = counters.RefusedWorkers,
        GivenUpWorkers = counters.GivenUpWorkers,
        LostWorkers = counters.LostWorkers,
    };
}
