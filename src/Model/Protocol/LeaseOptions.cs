namespace MnistDistributed.Model.Protocol;

/// <summary>
/// How long a session may take over an order before others are offered its work. A session that lets a lease run out, or whose push could
/// not be used, is on probation: no share of a step is set aside for it, and it holds nobody up; it gets copies of what others hold, as
/// much as its share would be, so that it is seen whether it is fast enough for one. Once it has answered one of its orders before its
/// lease ended, it is a full member again from the next step on.
/// </summary>
public sealed record LeaseOptions
{
    /// <summary>The lease until <see cref="MeasuredSteps"/> steps are measured; a first order compiles and loads. Default 10 s.</summary>
    public TimeSpan Floor { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The shortest lease, whatever was measured. Default 1 s.</summary>
    public TimeSpan Minimum { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The lease, as a multiple of the median time of a slot (or of a chunk), times the slots of the order. Default 8.</summary>
    public double Multiple { get; init; } = 8;

    /// <summary>Steps (or chunks of evaluations) to measure before the median is trusted. Default 10.</summary>
    public int MeasuredSteps { get; init; } = 10;

    /// <summary>
    /// While its lease still runs, an order that is out for this multiple of the median is overdue: a session with nothing else to do gets
    /// a copy of it, and the first answer counts. Default 2.
    /// </summary>
    public double OverdueMultiple { get; init; } = 2;

    /// <summary>No order is overdue before this, whatever was measured: a busy machine may hold a thread up. Default 250 ms.</summary>
    public TimeSpan OverdueMinimum { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// A session that holds no work and does not ask for so long is late, as if it had let a lease run out. Longer than a call that waits
    /// is held. Default 10 s.
    /// </summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A session that is late and silent for so long is forgotten, and must join anew. Default 1 minute.</summary>
    public TimeSpan Forget { get; init; } = TimeSpan.FromMinutes(1);
}
