using MnistDistributed.Grains.Tests.Hosts;

namespace MnistDistributed.Grains.Tests;

public sealed class HostTests
{
    [Fact]
    public void The_host_is_that_of_the_runtime_that_this_build_has()
    {
        string runtime = typeof(Grain).Assembly.GetName().Name!;
        Assert.Equal(runtime == "MnistDistributed.Compat.Orleans" ? "compat/Orleans" : "Microsoft.Orleans.TestingHost", TestHost.Runtime.Split(' ')[0]);
    }
}
