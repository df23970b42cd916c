using System.Diagnostics;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Grains.Workers;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Protocol;

namespace MnistDistributed.Silo;

/// <summary>The source of a <see cref="SiloReport"/>: it says how the silo is.</summary>
public sealed class SiloReporter : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    private readonly SiloOptions _options;
    private readonly SiloData _data;
    private readonly WorkerPool _pool;
    private readonly LocalServers _servers;
    private readonly SiloHealth _health;
    private readonly Lock _lock = new();
    private readonly Timer _timer;
    private long _sampled = Stopwatch.GetTimestamp();
    private TimeSpan _used = Environment.CpuUsage.TotalTime;
    private double _cores;

    /// <summary>Begins to watch the silo's use of the processor.</summary>
    public SiloReporter(SiloOptions options, SiloData data, WorkerPool pool, LocalServers servers, SiloHealth health)
    {
        (_options, _data, _pool, _servers, _health) = (options, data, pool, servers, health);
        _timer = new Timer(_ => Sample(), null, Period, Period);
    }

    /// <summary>How it is now.</summary>
    public SiloReport Report => In(_health.State);

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private SiloReport In(SiloState state) => new()
    {
        Name = _options.Name,
        Pid = Environment.ProcessId,
        State = state,
        Problem = _health.Problem(state),
        Clustering = _options.Clustering.ToString().ToLowerInvariant(),
        ClusterId = _options.ClusterId,
        SiloAddress = $"{_options.SiloEndpoint}",
        GatewayAddress = $"{_options.GatewayEndpoint}",
        Capacity = _options.Workers,
        Workers = [.. _pool.Workers.Order(StringComparer.Ordinal)],
        ParameterServers = _servers.Runs,
        Cores = _cores,
        MemoryBytes = Environment.WorkingSet,
        DataDigest = _data.Digest,
        ProtocolVersion = TrainingProtocol.Version,
        NumericsVersion = GradientEngines.NumericsVersion,
    };

    private void Sample()
    {
        lock (_lock)
        {
            var used = Environment.CpuUsage.TotalTime;
            _cores = (used - _used) / Stopwatch.GetElapsedTime(_sampled);
            (_sampled, _used) = (Stopwatch.GetTimestamp(), used);
        }
    }
}
