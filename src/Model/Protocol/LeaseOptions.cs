namespace MnistDistributed.Model.Protocol;

/// <summary>How long a session may take over an order before others are offered its work.</summary>
public sealed record LeaseOptions
{
    /// <summary>The lease until <see cref="MeasuredSteps"/> steps are measured; a session's first order compiles and loads. Default 10 s.</summary>
    public TimeSpan Floor { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The shortest lease, whatever was measured. Default 1 s.</summary>
    public TimeSpan Minimum { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The lease, as a multiple of the median time of a slot, times the slots of the order. Default 8.</summary>
    public double Multiple { get; init; } = 8;

    /// <summary>Steps to measure before the median is trusted. Default 10.</summary>
    public int MeasuredSteps { get; init; } = 10;

    /// <summary>A session that is silent for so long is forgotten; when it calls again it must join anew. Default 1 minute.</summary>
    public TimeSpan Forget { get; init; } = TimeSpan.FromMinutes(1);
}
