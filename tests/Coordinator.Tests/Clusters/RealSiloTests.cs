using MnistDistributed.Coordinator.Certificates;
using MnistDistributed.Coordinator.Clusters;

namespace MnistDistributed.Coordinator.Tests.Clusters;

/// <summary>The same with the silo's own program.</summary>
[Collection(nameof(FakeSilos))]
public sealed class RealSiloTests : IDisposable
{
    private readonly ClusterSandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_cluster_of_silo_processes_comes_up_trains_and_ends(bool isTls)
    {
        Needs.Unix();
        var certificates = new CertificateFolder(_sandbox.InHome("tls"));
        certificates.Fill("mnist", days: 2, DateTimeOffset.UtcNow);
        var shown = certificates.Coordinator;
        string[] tls = isTls ? ["--tls-cert", shown.Certificate, "--tls-key", shown.Key, "--tls-ca", shown.Authority] : [];
        SmallData.Write(_sandbox.InHome("data"), training: 4000, test: 600);
        var options = new LocalClusterOptions { Silos = 2, Data = _sandbox.InHome("data"), Tls = isTls ? certificates.Silo : null };
        using var start = new ClusterStart(options, _sandbox.Folder, Program(), TextWriter.Null, TimeProvider.System);
        var cluster = await start.Run(CancellationToken.None);
        try
        {
            string gateways = string.Join(',', cluster.Silos.Select(silo => $"127.0.0.1:{silo.GatewayPort}"));
            var (code, _, error) = await _sandbox.Run(
                ["train", "--cluster", gateways, "--min-silos", "2", "--data", "data", "--validation", "0", "--epochs", "1", .. tls]);
            Assert.True(code == 0, error);

            var view = await ClusterView.Look(cluster, _sandbox.Folder, CancellationToken.None);
            Assert.All(view.Silos, silo => Assert.Equal(("ready", null), (silo.State, silo.Problem)));
        }
        finally
        {
            var ended = await ClusterEnd.Run(cluster, TimeSpan.FromSeconds(60), CancellationToken.None);
            Assert.Equal(2, ended.Count);
            Assert.Empty(ended.Killed);
        }
    }

    /// <summary>Beside the tests is the fake one; a build puts the real one into a folder of its own.</summary>
    private static SiloProgram Program()
    {
        string own = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        return SiloProgram.Find(Path.Combine(own, "..", "..", "Coordinator", Path.GetFileName(own)));
    }
}
