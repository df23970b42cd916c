using System.Diagnostics;
using System.Net;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Silo.Tests.Processes;
using StackExchange.Redis;

namespace MnistDistributed.Silo.Tests;

/// <summary>Silo processes whose Redis comes late, goes or forgets, and one that stands still.</summary>
public sealed class MembershipTests : IAsyncDisposable
{
    private const string NoRow =
        "This silo has no row in the membership table any more: whoever keeps the table has lost what it held.";

    private readonly RedisCluster _cluster = new();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task A_silo_waits_for_Redis_and_answers_meanwhile()
    {
        Needs.Redis();
        var silo = _cluster.Add("data", "--wait", "120");
        string problem = $"Redis does not answer at --redis {_cluster.Redis}: start it (redis-server), or give its HOST:PORT. (";
        await silo.Process.Line(problem);
        Assert.Equal((HttpStatusCode.OK, "live"), await silo.Get("health/live"));
        var (code, said) = await silo.Get("health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, code);
        Assert.StartsWith(problem, said, StringComparison.Ordinal);
        var status = await silo.Status();
        Assert.Equal((SiloState.Waiting, said), (status!.State, status.Problem));
        Assert.Contains("mnist_silo_ready{silo=\"silo-1\"} 0", (await silo.Get("metrics")).Text, StringComparison.Ordinal);

        await _cluster.StartRedis();
        await silo.Ready();
        // Where it has waited, it waits no more.
        Assert.Equal((SiloState.Ready, null), await StateOf(silo));
        Assert.Equal(1, await silo.Metric("mnist_silo_member", ""));
        silo.Process.Signal("TERM");
        Assert.Equal(0, await silo.Process.End());
        Assert.Empty(silo.Process.Error);
        silo.AssertLog();
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task A_silo_that_is_told_to_end_while_it_waits_ends_in_order(string signal)
    {
        Needs.Unix();
        var silo = _cluster.Add("data", "--wait", "3600");
        await silo.Process.Line("The silo waits up to 3600 s: Redis does not answer");
        silo.Process.Signal(signal);
        Assert.Equal(0, await silo.Process.End());
        Assert.Empty(silo.Process.Error);
        silo.AssertLog();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Silos_whose_table_is_lost_end_and_are_in_one_cluster_when_they_are_started_again(int newcomers)
    {
        await _cluster.StartRedis();
        var silos = await Silos(3, "--rejoin", "6");
        await Forget();
        var inTable = Enumerable.Range(0, newcomers).Select(_ => _cluster.Add("data")).ToList();
        foreach (var silo in silos)
        {
            await SiloGroup.Until(silo, report => report is { State: SiloState.Outside, Problem: NoRow });
            Assert.Equal((HttpStatusCode.ServiceUnavailable, NoRow), await silo.Get("health/ready"));
        }

        foreach (var silo in silos)
        {
            var (code, line) = await silo.Process.OnlyError();
            Assert.Equal((1, $"Silo {silo.Name} ends: {NoRow} Started again, it joins the cluster anew."), (code, line));
            Assert.Contains($"Silo {silo.Name} hands over and goes", silo.Process.Said, StringComparison.Ordinal);
            silo.AssertLog();
        }

        inTable.AddRange(silos.Select(_ => _cluster.Add("data")).ToList());
        foreach (var silo in inTable)
            await Peers(silo, 3 + newcomers);
    }

    [Fact]
    public async Task A_silo_that_stood_still_until_it_was_declared_dead_ends_with_one_line()
    {
        await _cluster.StartRedis();
        var silos = await Silos(2, "--probe-timeout", "0.3");
        silos[1].Process.Signal("STOP");
        await Peers(silos[0], 1);
        silos[1].Process.Signal("CONT");

        var (code, line) = await silos[1].Process.OnlyError();
        Assert.Equal((1, "Silo silo-2 ends: the others have declared it dead, since it stood still or could not be reached. Started "
            + "again, it joins the cluster anew."), (code, line));
        silos[1].AssertLog();
    }

    [Fact]
    public async Task A_table_that_cannot_be_read_makes_a_silo_not_ready_but_does_not_end_it()
    {
        var redis = await _cluster.StartRedis();
        // A row is renewed every second, and stale after three.
        var silo = (await Silos(1, "--probe-timeout", "0.2", "--rejoin", "2")).Single();
        redis.Signal("STOP");
        long stopped = Stopwatch.GetTimestamp();
        await SiloGroup.Until(silo, report => report.State == SiloState.Outside && Stopwatch.GetElapsedTime(stopped).TotalSeconds > 8);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, $"The membership table cannot be read from Redis at {_cluster.Redis}: it does "
            + "not answer"), await silo.Get("health/ready"));
        Assert.Equal(0, await silo.Metric("mnist_silo_member", ""));
        Assert.DoesNotContain("mnist_silo_peers", (await silo.Get("metrics")).Text, StringComparison.Ordinal);

        redis.Signal("CONT");
        await silo.Process.Line("The silo is a member of its cluster again");
        // On a busy machine its row may be late once more.
        await SiloGroup.Until(silo, report => report is { State: SiloState.Ready, Problem: null });
        silo.AssertLog();
    }

    private async Task<IReadOnlyList<TestSilo>> Silos(int count, params string[] arguments)
    {
        for (int i = 0; i < count; i++)
            _cluster.Add("data", arguments);
        await _cluster.Silos.Ready();
        foreach (var silo in _cluster.Silos.Alive)
            await Peers(silo, count);
        return _cluster.Silos.Alive;
    }

    /// <summary>Waits until a silo sees so many in the table.</summary>
    private static Task Peers(TestSilo silo, int count) => SiloGroup.Until(silo, async () =>
        await silo.Metric("mnist_silo_member", "") == 1 && await silo.Metric("mnist_silo_peers", "") == count);

    private static async Task<(SiloState State, string? Problem)?> StateOf(TestSilo silo) =>
        await silo.Status() is { } status ? (status.State, status.Problem) : null;

    /// <summary>Takes from Redis all that it holds.</summary>
    private async Task Forget()
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{_cluster.Redis},allowAdmin=true");
        await Assert.Single(connection.GetServers()).FlushAllDatabasesAsync();
    }
}
