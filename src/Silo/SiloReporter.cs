using System.Diagnostics;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Protocol;

namespace MnistDistributed.Silo;

/// <summary>Says how the silo is.</summary>
public sealed class SiloReporter(SiloOptions options, SiloData data, WorkerPool pool, LocalServers servers, IHostApplicationLifetime lifetime)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private long _sampled = Stopwatch.GetTimestamp();
    private TimeSpan _used = Environment.CpuUsage.TotalTime;
    private double _cores;

    /// <summary>Whether the silo takes part.</summary>
    public SiloState State =>
        lifetime.ApplicationStopping.IsCancellationRequested ? SiloState.Draining
        : data.IsLoaded && lifetime.ApplicationStarted.IsCancellationRequested ? SiloState.Ready
        : SiloState.Loading;

    /// <summary>How it is now.</summary>
    public SiloReport Report => new()
    {
        Name = options.Name,
        Pid = Environment.ProcessId,
        State = State,
        Problem = data.Problem,
        Clustering = options.Clustering.ToString().ToLowerInvariant(),
        ClusterId = options.ClusterId,
        SiloAddress = $"{options.Address}:{options.SiloPort}",
        GatewayAddress = $"{options.Address}:{options.GatewayPort}",
        Capacity = options.Workers,
        Workers = [.. pool.Workers.Order(StringComparer.Ordinal)],
        ParameterServers = servers.Runs,
        Cores = Cores(),
        MemoryBytes = Environment.WorkingSet,
        DataDigest = data.Digest,
        ProtocolVersion = TrainingProtocol.Version,
        NumericsVersion = GradientEngines.NumericsVersion,
    };

    private double Cores()
    {
        lock (_lock)
        {
            var elapsed = Stopwatch.GetElapsedTime(_sampled);
            if (elapsed < Period)
                return _cores;
            var used = Environment.CpuUsage.TotalTime;
            _cores = (used - _used) / elapsed;
            (_sampled, _used) = (Stopwatch.GetTimestamp(), used);
            return _cores;
        }
    }
}
