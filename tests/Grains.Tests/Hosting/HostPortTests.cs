using System.Net;
using MnistDistributed.Grains.Hosting;

namespace MnistDistributed.Grains.Tests.Hosting;

/// <summary>Addresses as people write them.</summary>
public class HostPortTests
{
    [Theory]
    [InlineData("127.0.0.1:30000", "127.0.0.1:30000")]
    [InlineData("localhost:1", "127.0.0.1:1")]
    [InlineData("[::1]:65535", "[::1]:65535")]
    [InlineData("[2001:db8::7]:30000", "[2001:db8::7]:30000")]
    [InlineData("0.0.0.0:5080", "0.0.0.0:5080")]
    [InlineData("[::]:5080", "[::]:5080")]
    public void It_is_read(string text, string address)
    {
        Assert.Equal(IPEndPoint.Parse(address), HostPort.Resolve("--primary", text));
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("localhost:")]
    [InlineData("localhost:0")]
    [InlineData("localhost:65536")]
    [InlineData(":30000")]
    [InlineData("[]:30000")]
    [InlineData("::1:30000")]
    [InlineData("[::1:30000")]
    [InlineData("[localhost]:30000")]
    public void What_is_none_is_refused(string text)
    {
        string line = Assert.Throws<UsageException>(() => HostPort.Resolve("--primary", text)).Message;
        Assert.Equal($"--primary: '{text}' is no address: give a host and a port, such as 127.0.0.1:30000 or [::1]:30000.", line);
    }

    [Theory]
    [InlineData("10.0.0.7", "10.0.0.7")]
    [InlineData("::1", "::1")]
    [InlineData("0.0.0.0", "0.0.0.0")]
    public void An_address_is_itself(string text, string address)
    {
        Assert.Equal([IPAddress.Parse(address)], HostPort.Addresses("--address", text));
    }

    [Fact]
    public void A_name_that_nobody_has_yet_is_a_failure_and_no_misuse()
    {
        string line = Assert.Throws<IOException>(() => HostPort.Addresses("--address", "no.such.host.invalid")).Message;
        Assert.StartsWith("--address: there is no host 'no.such.host.invalid': ", line, StringComparison.Ordinal);
    }

    [Fact]
    public void What_can_be_no_name_is_refused()
    {
        string line = Assert.Throws<UsageException>(() => HostPort.Addresses("--address", "node 7")).Message;
        Assert.Equal("--address: 'node 7' is no host: give an IP address or a name, such as 127.0.0.1 or node-7.", line);
    }

    [Theory]
    [InlineData(null, "10.0.0.5")]
    [InlineData("node-5 is 10.0.0.5; it has the address fe80::5 too", "10.0.0.5", "fe80::5")]
    [InlineData("node-5 is 10.0.0.5; it has the addresses 10.0.1.5, fe80::5 too", "10.0.0.5", "10.0.1.5", "fe80::5")]
    public void Of_several_addresses_it_is_said_which_is_taken(string? says, params string[] addresses) =>
        Assert.Equal(says, HostPort.Choice("node-5", [.. addresses.Select(IPAddress.Parse)]));
}
