using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Grains.Workers;

namespace MnistDistributed.Grains.Tests.Workers;

public class SiloRelaysTests
{
    [Fact]
    public void A_runs_workers_have_one_relay_which_goes_with_the_last_of_them()
    {
        var relays = new SiloRelays(new LocalServers(), TimeProvider.System);
        var relay = relays.Take("a");
        Assert.Same(relay, relays.Take("a"));
        Assert.NotSame(relay, relays.Take("b"));
        relays.Release("a");
        Assert.Same(relay, relays.Take("a"));
        relays.Release("a");
        relays.Release("a");
        Assert.NotSame(relay, relays.Take("a"));
    }
}
