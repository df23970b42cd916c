using System.Net;
using System.Net.Sockets;
using MnistDistributed.Silo.Membership;

namespace MnistDistributed.Silo.Tests.Membership;

/// <summary>What is said of a primary silo that is not there.</summary>
public class MembershipKeeperTests
{
    [Fact]
    public async Task A_primary_that_refuses_or_says_nothing_is_no_primary_and_nobody_waits_for_it()
    {
        // Of a full backlog Linux drops who knocks, which looks like a firewall.
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start(backlog: 0);
        var primary = (IPEndPoint)listener.LocalEndpoint;
        var keeper = new MembershipKeeper(new SiloOptions { Primary = primary });
        Assert.Null(await keeper.Problem(TestContext.Current.CancellationToken));
        string? problem = await keeper.Problem(TestContext.Current.CancellationToken);
        Assert.Equal($"No silo answers at --primary {primary}: start the primary silo first, and give its silo port. "
            + "(no answer within 2 s)", problem);
        listener.Stop();
        Assert.Contains("No silo answers at", await keeper.Problem(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }
}
