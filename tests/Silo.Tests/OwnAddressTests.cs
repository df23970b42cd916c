using System.Net;

namespace MnistDistributed.Silo.Tests;

/// <summary>Which address a silo takes for its own where nobody tells it.</summary>
public class OwnAddressTests
{
    [Theory]
    [InlineData("172.18.0.4", "172.18.0.4")]
    [InlineData("172.18.0.4", "127.0.1.1", "172.18.0.4", "10.0.0.7")]
    [InlineData("10.0.0.7", "fd00::4", "10.0.0.7")]
    [InlineData("fd00::4", "::1", "fe80::1", "fd00::4")]
    [InlineData(null, "127.0.0.1", "::1", "fe80::1")]
    [InlineData(null)]
    public void It_is_the_first_that_others_can_reach(string? own, params string[] addresses) =>
        Assert.Equal(own is null ? null : IPAddress.Parse(own), OwnAddress.Reachable(addresses.Select(IPAddress.Parse)));
}
