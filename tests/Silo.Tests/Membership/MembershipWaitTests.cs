using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Silo.Membership;

namespace MnistDistributed.Silo.Tests.Membership;

/// <summary>The wait for whoever keeps the membership, on virtual time.</summary>
public class MembershipWaitTests
{
    private readonly FakeTimeProvider _time = new() { AutoAdvanceAmount = TimeSpan.Zero };
    private readonly List<double> _asked = [];
    private readonly LogLines<MembershipWait> _log = new();

    [Fact]
    public async Task It_asks_with_a_growing_pause_and_says_so_now_and_then()
    {
        await Run(patience: 3600, until: 100);
        double[] expected = [0, 0.2, 0.6, 1.4, 3, 6.2, 11.2, 16.2];
        Assert.Equal(expected, _asked.Take(8), (one, other) => Math.Abs(one - other) < 1e-6);
        Assert.All(_asked.Skip(6).Zip(_asked.Skip(7)), pair => Assert.Equal(5, pair.Second - pair.First, 6));
        Assert.InRange(_asked[^1], 100, 105);
        Assert.Equal(Enumerable.Repeat("The silo waits up to 3600 s: nobody is there", 4), _log.Lines);
    }

    [Fact]
    public async Task It_takes_no_longer_than_it_may_and_asks_once_more_at_the_end()
    {
        var problem = await Assert.ThrowsAsync<IOException>(() => Run(patience: 8, until: 100));
        Assert.Equal("nobody is there", problem.Message);
        Assert.Equal(8, _asked[^1], 6);
    }

    [Fact]
    public async Task Where_nothing_is_wrong_it_says_nothing()
    {
        await Run(patience: 30, until: 0);
        Assert.Equal([0], _asked);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task Its_problem_is_known_while_it_waits_and_it_ends_when_it_is_told_to()
    {
        using var stop = new CancellationTokenSource();
        var wait = new MembershipWait(_ => Task.FromResult<string?>("nobody is there"), TimeSpan.FromSeconds(30), _time, _log);
        var waiting = wait.StartAsync(stop.Token);
        Assert.Equal("nobody is there", wait.Problem);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    /// <summary>Waits for somebody who is there after so many seconds.</summary>
    private async Task Run(double patience, double until)
    {
        var began = _time.GetUtcNow();
        var wait = new MembershipWait(_ =>
        {
            _asked.Add((_time.GetUtcNow() - began).TotalSeconds);
            return Task.FromResult(_asked[^1] < until ? "nobody is there" : null);
        }, TimeSpan.FromSeconds(patience), _time, _log);
        var waiting = wait.StartAsync(TestContext.Current.CancellationToken);
        while (!waiting.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        await waiting;
        Assert.Null(wait.Problem);
    }
}
