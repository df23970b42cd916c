using System.Diagnostics;
using System.Globalization;

namespace MnistDistributed.Silo.Tests.Processes;

/// <summary>
/// A run on which signals are inflicted. It is held at the end of an epoch while nothing is inflicted on it, or it would be over before its
/// time.
/// A coordinator that is ended is followed by another, which resumes the run.
/// </summary>
internal sealed class DisturbedRun : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly RedisCluster _cluster;
    private readonly string _run;

    private DisturbedRun(RedisCluster cluster, ProgramProcess train, string run) => (_cluster, Train, _run) = (cluster, train, run);

    /// <summary>The coordinator of now.</summary>
    public ProgramProcess Train { get; private set; }

    /// <summary>Starts a training on the cluster's silos.</summary>
    public static async Task<DisturbedRun> Start(RedisCluster cluster)
    {
        var train = cluster.TrainLong();
        return new DisturbedRun(cluster, train, await ClusterWorkspace.RunOf(train));
    }

    /// <summary>Waits for a fault's time, sends the signal, and waits until the run has got over it.</summary>
    /// <returns>Seconds from the signal until it goes on: with the next steps, the next parameter server, or the next
    /// coordinator.</returns>
    public async Task<double> Strike(PlannedSignal fault)
    {
        var server = await Due(fault);
        long struck = Stopwatch.GetTimestamp();
        if (fault.Target == "coordinator")
        {
            await StrikeCoordinator(fault.Signal, server);
            return Stopwatch.GetElapsedTime(struck).TotalSeconds;
        }

        var target = fault.Target == "server" ? server : _cluster.Silos.Alive.First(silo => silo != server);
        target.Process.Signal(fault.Signal);
        if (fault.Signal != "STOP")
            await target.Process.End();
        if (target == server)
            await Until(() => _cluster.Silos.LastServerOf(_run) != target, $"Nobody took over from {target.Name}.");
        else
            await GoOn(server, 3);
        double seconds = Stopwatch.GetElapsedTime(struck).TotalSeconds;
        Train.Signal("STOP");
        // A silo that the others took for dead ends when it learns so; whether it does or not, there should be three to go on with.
        if (fault.Signal == "STOP")
            target.Process.Signal("CONT");
        await _cluster.Have(3);
        Train.Signal("CONT");
        return seconds;
    }

    public ValueTask DisposeAsync() => Train.DisposeAsync();

    private async Task StrikeCoordinator(string signal, TestSilo server)
    {
        Train.Signal(signal);
        if (signal == "STOP")
        {
            await SiloGroup.RestOf(server, _run);
            Train.Signal("CONT");
            return;
        }

        await Train.End();
        await Train.DisposeAsync();
        Train = _cluster.Workspace.Resume(_run, "--redis", _cluster.Redis);
        await Train.Line("Run ");
    }

    /// <summary>Waits for the end of an epoch and some steps more.</summary>
    /// <returns>The silo that has the parameter server then.</returns>
    private async Task<TestSilo> Due(PlannedSignal fault)
    {
        await Until(() => Train.Output.Any(line => EndOfEpoch(line) >= fault.Epoch), $"Epoch {fault.Epoch} does not end.");
        Train.Signal("STOP");
        var server = await _cluster.Silos.ServerOf(_run, Train);
        Assert.True(server is not null, $"The run was over before {fault}.\n{Train.Said}");
        Train.Signal("CONT");
        await GoOn(server, fault.Steps);
        return server;
    }

    private static int EndOfEpoch(string line) =>
        line.StartsWith("epoch ", StringComparison.Ordinal) && line.Split(' ') is [_, var epoch, "done:", ..]
            ? int.Parse(epoch, CultureInfo.InvariantCulture) : 0;

    /// <summary>Waits until a parameter server has done some steps more.</summary>
    private async Task GoOn(TestSilo server, int steps)
    {
        int before = await server.Steps(_run);
        using var patience = new CancellationTokenSource(ProgramProcess.Patience);
        while (Train.IsRunning && await server.Steps(_run) < before + steps)
        {
            Assert.False(patience.IsCancellationRequested, $"The run does not go on.\n{Train.Said}\n\n{_cluster.Silos.Said}");
            await Task.Delay(Pause);
        }
    }

    private async Task Until(Func<bool> wanted, string otherwise)
    {
        using var patience = new CancellationTokenSource(ProgramProcess.Patience);
        while (!wanted())
        {
            Assert.False(patience.IsCancellationRequested || !Train.IsRunning, $"{otherwise}\n{Train.Said}\n\n{_cluster.Silos.Said}");
            await Task.Delay(Pause);
        }
    }
}
