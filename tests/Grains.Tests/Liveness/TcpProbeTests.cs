using System.Net;
using System.Net.Sockets;
using MnistDistributed.Grains.Liveness;

namespace MnistDistributed.Grains.Tests.Liveness;

public class TcpProbeTests
{
    private readonly TcpProbe _probe = new(TimeProvider.System);

    [Fact]
    public async Task Where_nobody_listens_any_more_it_is_refused()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var silo = AddressOf(listener);
        // It accepts nobody, as a process that stands still.
        Assert.False(await _probe.IsRefused(silo, TimeSpan.FromMinutes(1)));
        listener.Stop();
        Assert.True(await _probe.IsRefused(silo, TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public async Task A_machine_that_says_nothing_is_not_taken_for_gone()
    {
        // Of a full backlog Linux drops who knocks, which looks like a machine that has vanished.
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start(backlog: 0);
        var silo = AddressOf(listener);
        using var first = new TcpClient();
        await first.ConnectAsync(silo.Endpoint, TestContext.Current.CancellationToken);
        using var second = new TcpClient();
        using var end = new CancellationTokenSource();
        var waiting = second.ConnectAsync(silo.Endpoint, end.Token);
        Assert.False(await _probe.IsRefused(silo, TimeSpan.FromMilliseconds(50)));
        await end.CancelAsync();
        await waiting.AsTask().ContinueWith(
            _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private static SiloAddress AddressOf(TcpListener listener) => SiloAddress.New((IPEndPoint)listener.LocalEndpoint, 1);
}
