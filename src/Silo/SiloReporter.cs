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
    private readonly IHostApplicationLifetime _lifetime;
    private readonly Lock _lock = new();
    private readonly Timer _timer;
    private long _sampled = Stopwatch.GetTimestamp();
    private TimeSpan _used = Environment.CpuUsage.TotalTime;
    private double _cores;

    /// <summary>Begins to watch the silo's use of the processor.</summary>
    public SiloReporter(SiloOptions options, SiloData data, WorkerPool pool, LocalServers servers, IHostApplicationLifetime lifetime)
    {
        (_options, _data, _pool, _servers, _lifetime) = (options, data, pool, servers, lifetime);
        _timer = new Timer(_ => Sample(), null, Period, Period);
    }

    /// <summary>Whether the silo takes part.</summary>
    public SiloState State
    {
        get
        {
            if (_lifetime.ApplicationStopping.IsCancellationRequested)
                return SiloState.Draining;
            return _data.IsLoaded && _lifetime.ApplicationStarted.IsCancellationRequested ? SiloState.Ready : SiloState.Loading;
        }
    }

    /// <summary>How it is now.</summary>
    public SiloReport Report => new()
    {
        Name = _options.Name,
        Pid = Environment.ProcessId,
        State = State,
        Problem = _data.Problem,
        Clustering = _options.Clustering.ToString().ToLowerInvariant(),
        ClusterId = _options.ClusterId,
        SiloAddress = $"{_options.Address}:{_options.SiloPort}",
        GatewayAddress = $"{_options.Address}:{_options.GatewayPort}",
        Capacity = _options.Workers,
        Workers = [.. _pool.Workers.Order(StringComparer.Ordinal)],
        ParameterServers = _servers.Runs,
        Cores = _cores,
        MemoryBytes = Environment.WorkingSet,
        DataDigest = _data.Digest,
        ProtocolVersion = TrainingProtocol.Version,
        NumericsVersion = GradientEngines.NumericsVersion,
    };

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

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
