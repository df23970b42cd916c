using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Grains.Hosting;

namespace MnistDistributed.Grains.Tests.Hosting;

public class SignalTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task All_who_wait_are_woken_and_those_who_come_later_are_not()
    {
        var signal = new Signal(_time);
        var first = signal.Wait(TimeSpan.FromHours(1));
        var second = signal.Wait(TimeSpan.FromHours(1));
        signal.Set();
        var late = signal.Wait(TimeSpan.FromHours(1));

        await Task.WhenAll(first, second);
        Assert.False(late.IsCompleted);
    }

    [Fact]
    public async Task Waiting_ends_at_its_limit()
    {
        var signal = new Signal(_time);
        var waiting = signal.Wait(TimeSpan.FromSeconds(2));
        _time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await waiting;
        signal.Set();
    }
}
