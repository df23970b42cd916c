using MnistDistributed.Model.Training;

namespace MnistDistributed.Grains.Hosting;

/// <summary>How a silo takes part in training.</summary>
public sealed record TrainingSiloOptions
{
    /// <summary>The most workers that it runs. Default: as many as a run can have.</summary>
    public int Capacity { get; init; } = RunSpecCheck.MaxSlots;

    /// <summary>How long the series of a run that is over are still exported. Default 60 s.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a silo that is told to end may take to hand over before it goes regardless. Default 8 s.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(8);
}
