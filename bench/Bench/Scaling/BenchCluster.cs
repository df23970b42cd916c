using System.Net;
using MnistDistributed.Coordinator.Clusters;
using MnistDistributed.Grains.Hosting;

namespace MnistDistributed.Bench.Scaling;

/// <summary>Silo processes on this machine, as <c>mnist cluster up</c> starts them, in a folder and a cluster of their own.</summary>
public sealed class BenchCluster : IAsyncDisposable
{
    private static readonly TimeSpan EndWithin = TimeSpan.FromSeconds(20);

    private readonly string _folder;
    private readonly ClusterRecord _record;

    private BenchCluster(string folder, ClusterRecord record) => (_folder, _record) = (folder, record);

    /// <summary>The process of the first silo.</summary>
    public int FirstProcess => _record.Silos[0].Pid;

    /// <summary>What <c>mnist train</c> has to be told to train on them.</summary>
    public IReadOnlyList<string> TrainOptions =>
    [
        "--cluster", string.Join(',', _record.Silos.Select(silo => $"127.0.0.1:{silo.GatewayPort}")),
        "--cluster-id", _record.ClusterId, "--min-silos", $"{_record.Silos.Count}",
    ];

    /// <summary>Starts them.</summary>
    /// <param name="silos">How many.</param>
    /// <param name="workers">Workers that each offers.</param>
    /// <param name="stop">Ends the start.</param>
    /// <exception cref="ClusterException">They did not start.</exception>
    public static async Task<BenchCluster> Start(int silos, int workers, CancellationToken stop)
    {
        string folder = Directory.CreateTempSubdirectory("mnist-bench-").FullName;
        try
        {
            var ports = new FreePorts();
            var options = new LocalClusterOptions
            {
                Silos = silos,
                Workers = workers,
                ClusterId = $"bench-{Environment.ProcessId}-{silos}",
                FirstSiloPort = ports.Any(),
                FirstGatewayPort = ports.Any(),
                FirstHttpPort = ports.Any(),
            };
            var program = SiloProgram.Find(AppContext.BaseDirectory);
            using var start = new ClusterStart(options, new ClusterFolder(folder), program, TextWriter.Null, TimeProvider.System);
            return new BenchCluster(folder, await start.Run(stop));
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    /// <summary>Connects to it.</summary>
    /// <param name="stop">Ends the trying.</param>
    public Task<ITrainingCluster> Connect(CancellationToken stop) => RemoteCluster.Connect(
        new ClusterAddress
        {
            Shown = "the silo that is measured",
            Gateways = [new IPEndPoint(IPAddress.Loopback, _record.Silos[0].GatewayPort)],
            ClusterId = _record.ClusterId,
        },
        _ => { }, stop);

    /// <summary>Ends them.</summary>
    public async ValueTask DisposeAsync()
    {
        await ClusterEnd.Run(_record, EndWithin, CancellationToken.None);
        Directory.Delete(_folder, recursive: true);
    }
}
