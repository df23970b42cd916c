using MnistDistributed.Grains.Tests.Hosts;

namespace MnistDistributed.Grains.Tests;

public sealed class HostTests
{
    [Fact]
    public void The_host_is_that_of_the_runtime_that_this_build_has()
    {
        bool isStandIn = typeof(Grain).Assembly.GetName().Name == "MnistDistributed.Compat.Orleans";
        Assert.Matches(isStandIn ? "^compat/Orleans$" : @"^Microsoft\.Orleans\.TestingHost \d+\.\d+\.\d+$", TestHost.Runtime);
    }
}
