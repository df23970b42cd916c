using System.Net;
using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Grains.Hosting.Tls;

namespace MnistDistributed.Grains.Tests.Hosting.Tls;

/// <summary>Who was not let in is said once, however often it is tried, and no log is flooded.</summary>
public sealed class RefusalsTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly LogLines<Refusals> _log = new();
    private readonly Refusals _refusals;

    public RefusalsTests() => _refusals = new Refusals(_time, _log);

    [Fact]
    public void One_line_tells_who_and_why_and_not_each_try()
    {
        for (int port = 1; port < 10; port++)
            _refusals.Refused(new IPEndPoint(IPAddress.Parse("10.0.0.9"), port), "gateway", "it shows no certificate");
        Assert.Equal(["Refused 10.0.0.9 at the gateway port: it shows no certificate"], _log.Lines);

        _refusals.Refused(new IPEndPoint(IPAddress.Parse("10.0.0.9"), 1), "silo", "it shows no certificate");
        _refusals.Refused(new IPEndPoint(IPAddress.Parse("10.0.0.8"), 1), "gateway", "it shows no certificate");
        _refusals.Failed(new IPEndPoint(IPAddress.Parse("10.0.0.9"), 11111), "it broke off");
        _refusals.Failed(new IPEndPoint(IPAddress.Parse("10.0.0.9"), 11111), null);
        Assert.Equal(4, _log.Lines.Count);
        Assert.Equal("No connection to the silo at 10.0.0.9:11111: it broke off", _log.Lines[3]);

        _time.Advance(TimeSpan.FromMinutes(10));
        _refusals.Refused(new IPEndPoint(IPAddress.Parse("10.0.0.9"), 1), "gateway", "it shows no certificate");
        Assert.Equal(5, _log.Lines.Count);
    }

    [Fact]
    public void Many_that_are_not_let_in_do_not_flood_the_log()
    {
        for (int i = 0; i < 1000; i++)
            _refusals.Refused(new IPEndPoint(i, 1), "gateway", "it shows no certificate");
        Assert.Equal(101, _log.Lines.Count);
        Assert.Contains("100 connections came to nothing in 10 minutes; no more are told of now", _log.Lines);
    }
}
