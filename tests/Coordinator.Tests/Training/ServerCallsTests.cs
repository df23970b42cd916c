using System.Net;
using System.Reflection;
using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Coordinator.Training;
using MnistDistributed.Grains.Liveness;

namespace MnistDistributed.Coordinator.Tests.Training;

public class ServerCallsTests
{
    private static readonly SiloAddress Silo = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 11111), 1);
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    private readonly FakeTimeProvider _time = new();
    private readonly TaskCompletionSource<string> _server = new();
    private readonly List<(string Key, TaskCompletionSource<bool> Answer)> _asked = [];

    [Fact]
    public async Task While_a_server_answers_soon_nobody_is_asked_about_it()
    {
        var answer = Answer();
        _time.Advance(Period / 2);
        _server.SetResult("here");
        Assert.Equal("here", await answer);
        Assert.Empty(_asked);
    }

    [Fact]
    public async Task A_slow_server_is_waited_for_as_long_as_its_silo_is_not_dead()
    {
        var answer = Answer();
        for (int i = 0; i < 6; i++)
        {
            _time.Advance(Period);
            _asked[i].Answer.SetResult(false);
        }

        Assert.False(answer.IsCompleted);
        _server.SetResult("here");
        Assert.Equal("here", await answer);
    }

    [Fact]
    public async Task A_server_whose_silo_is_dead_is_not_waited_for()
    {
        var answer = Answer();
        _time.Advance(Period);
        Assert.False(answer.IsCompleted);
        _asked[0].Answer.SetResult(true);
        Assert.Equal("gone", await answer);
    }

    [Fact]
    public async Task Who_is_asked_and_says_nothing_is_not_waited_for_and_another_is_asked()
    {
        var answer = Answer();
        _time.Advance(Period);
        _time.Advance(Period);
        Assert.NotEqual(_asked[0].Key, _asked[1].Key);
        _asked[0].Answer.SetException(new TimeoutException());
        Assert.False(answer.IsCompleted);
        _asked[1].Answer.SetResult(true);
        Assert.Equal("gone", await answer);
    }

    [Fact]
    public async Task A_call_that_fails_tells_nothing_but_that_the_silo_may_be_dead()
    {
        var answer = Answer();
        _server.SetException(new SiloUnavailableException());
        Assert.False(answer.IsCompleted);
        _asked[0].Answer.SetResult(true);
        Assert.Equal("gone", await answer);
    }

    [Fact]
    public async Task A_call_that_fails_where_the_silo_is_not_dead_has_failed()
    {
        var answer = Answer();
        _server.SetException(new TimeoutException());
        _asked[0].Answer.SetResult(false);
        _time.Advance(Period);
        await Assert.ThrowsAsync<TimeoutException>(() => answer);
    }

    [Fact]
    public async Task What_is_no_fault_of_the_cluster_is_not_looked_into()
    {
        var answer = Answer();
        _server.SetException(new NotSupportedException());
        await Assert.ThrowsAsync<NotSupportedException>(() => answer);
        Assert.Empty(_asked);
    }

    [Fact]
    public async Task A_call_is_made_again_beside_the_first_until_one_of_them_is_answered()
    {
        List<TaskCompletionSource<string>> made = [];
        var answer = Calls().Repeat(Make, CancellationToken.None);
        Assert.Single(made);
        _time.Advance(Period);
        _time.Advance(Period);
        Assert.Equal(3, made.Count);
        made[0].SetResult("the slow one");
        Assert.Equal("the slow one", await answer);
        _time.Advance(10 * Period);
        Assert.Equal(3, made.Count);

        Task<string> Make()
        {
            made.Add(new TaskCompletionSource<string>());
            return made[^1].Task;
        }
    }

    [Fact]
    public async Task A_call_that_fails_does_not_end_those_beside_it_and_the_last_to_fail_is_told()
    {
        List<TaskCompletionSource<string>> made = [];
        var answer = Calls().Repeat(Make, CancellationToken.None);
        _time.Advance(Period);
        made[1].SetException(new TimeoutException());
        Assert.False(answer.IsCompleted);
        made[0].SetResult("the first one");
        Assert.Equal("the first one", await answer);

        made.Clear();
        answer = Calls().Repeat(Make, CancellationToken.None);
        _time.Advance(Period);
        made[0].SetException(new TimeoutException());
        Assert.False(answer.IsCompleted);
        made[1].SetException(new SiloUnavailableException());
        await Assert.ThrowsAsync<SiloUnavailableException>(() => answer);

        Task<string> Make()
        {
            made.Add(new TaskCompletionSource<string>());
            return made[^1].Task;
        }
    }

    [Fact]
    public async Task Calls_that_nobody_answers_do_not_grow_in_number_for_ever()
    {
        int made = 0;
        using var end = new CancellationTokenSource();
        var answer = Calls().Repeat(Make, end.Token);
        for (int i = 0; i < 100; i++)
            _time.Advance(Period);
        Assert.Equal(16, made);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);

        Task<string> Make()
        {
            made++;
            return new TaskCompletionSource<string>().Task;
        }
    }

    [Fact]
    public async Task Waiting_ends_when_it_is_told_to()
    {
        using var end = new CancellationTokenSource();
        var answer = Calls().Answer(_server.Task, Silo, "gone", end.Token);
        var repeated = Calls().Repeat(() => _server.Task, end.Token);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => repeated);
    }

    private Task<string> Answer() => Calls().Answer(_server.Task, Silo, "gone", CancellationToken.None);

    private ServerCalls Calls() => new(Grains.Of(key =>
    {
        var answer = new TaskCompletionSource<bool>();
        _asked.Add((key, answer));
        return answer.Task;
    }), _time);

    /// <summary>A way to grains that are asked whether a silo is dead.</summary>
    public class Grains : DispatchProxy
    {
        private Func<string, Task<bool>> _ask = null!;

        public static IGrainFactory Of(Func<string, Task<bool>> ask)
        {
            var grains = Create<IGrainFactory, Grains>();
            ((Grains)(object)grains)._ask = ask;
            return grains;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => new Liveness(() => _ask((string)args![0]!));
    }

    private sealed class Liveness(Func<Task<bool>> ask) : ILivenessGrain
    {
        public Task<bool> IsDead(SiloAddress silo)
        {
            Assert.Equal(Silo, silo);
            return ask();
        }
    }
}
