using MnistDistributed.Model.Telemetry;

namespace MnistDistributed.Model.Protocol.Rounds;

/// <summary>The time of a step, and what it goes into. It is measured for people, and shapes nothing.</summary>
/// <param name="time">The clock.</param>
/// <param name="meter">Where the times go; null for nowhere.</param>
internal sealed class StepClock(TimeProvider time, ProtocolMeter? meter)
{
    private long _began;
    private TimeSpan _add;
    private TimeSpan _optimize;
    private TimeSpan _publish;

    /// <summary>Now, to tell later what was spent since.</summary>
    public long Now => time.GetTimestamp();

    /// <summary>A step begins.</summary>
    public void Begin() => (_began, _add, _optimize, _publish) = (Now, default, default, default);

    /// <summary>Gradients were added since.</summary>
    public void Added(long since) => _add += time.GetElapsedTime(since);

    /// <summary>The weights were updated since.</summary>
    public void Optimized(long since) => _optimize += time.GetElapsedTime(since);

    /// <summary>The weights were copied since.</summary>
    public void Published(long since) => _publish += time.GetElapsedTime(since);

    /// <summary>The step is done.</summary>
    public void End(int images) => meter?.Stepped(
        time.GetElapsedTime(_began).TotalSeconds, _add.TotalSeconds, _optimize.TotalSeconds, _publish.TotalSeconds, images);
}
