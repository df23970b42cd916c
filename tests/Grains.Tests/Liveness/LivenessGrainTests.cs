using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Grains.Liveness;

namespace MnistDistributed.Grains.Tests.Liveness;

public class LivenessGrainTests
{
    private static readonly SiloAddress Silo = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 11111), 1);

    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _calls = [];
    private SiloStatus _status = SiloStatus.Active;
    private bool _isRefused;

    [Fact]
    public async Task A_silo_that_the_cluster_holds_for_dead_is_dead_and_nobody_knocks()
    {
        _status = SiloStatus.Dead;
        Assert.True(await Grain().IsDead(Silo));
        Assert.Empty(_calls);
    }

    [Fact]
    public async Task A_silo_whose_process_is_gone_is_declared_dead()
    {
        _isRefused = true;
        var answer = Grain().IsDead(Silo);
        Assert.Equal(["knocked"], _calls);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(["knocked", "knocked", "killed"], _calls);
        Assert.False(answer.IsCompleted);
        _status = SiloStatus.Dead;
        Assert.True(await Later(answer));
    }

    [Fact]
    public async Task A_silo_that_refuses_once_only_is_not_declared_dead()
    {
        _isRefused = true;
        var answer = Grain().IsDead(Silo);
        _isRefused = false;
        Assert.False(await Later(answer));
        Assert.Equal(["knocked", "knocked"], _calls);
    }

    [Fact]
    public async Task A_silo_that_only_does_not_answer_is_not_declared_dead()
    {
        var answer = Grain().IsDead(Silo);
        Assert.False(await Later(answer));
        Assert.Equal(["knocked"], _calls);
    }

    [Fact]
    public async Task Who_asks_learns_at_once_that_the_others_have_found_the_silo_dead()
    {
        var answer = Grain().IsDead(Silo);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.False(answer.IsCompleted);
        _status = SiloStatus.Dead;
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.True(answer.IsCompleted && await answer);
        Assert.Equal(["knocked"], _calls);
    }

    [Fact]
    public async Task Of_a_silo_that_the_cluster_does_not_know_nothing_is_said_or_declared()
    {
        _isRefused = true;
        Assert.False(await Later(Grain(SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 11112), 1)).IsDead(Silo)));
        Assert.Empty(_calls);
    }

    [Fact]
    public async Task The_next_life_of_a_silo_says_that_the_former_is_over()
    {
        var next = SiloAddress.New(Silo.Endpoint, Silo.Generation + 1);
        Assert.True(await Grain(next).IsDead(Silo));
    }

    private async Task<bool> Later(Task<bool> answer)
    {
        for (int i = 0; i < 100 && !answer.IsCompleted; i++)
            _time.Advance(TimeSpan.FromMilliseconds(25));
        return await answer.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }

    private LivenessGrain Grain(SiloAddress? member = null)
    {
        var membership = Fake.Of<IClusterMembershipService>((call, _) => call.Name == "TryKill" ? Killed() : new ClusterMembershipSnapshot(
            ImmutableDictionary<SiloAddress, ClusterMember>.Empty.Add(
                member ?? Silo, new ClusterMember(member ?? Silo, _status, "silo-1")), new MembershipVersion(1)));
        return new LivenessGrain(
            Fake.Of<IGrainContext>((_, _) => null), membership, Fake.Of<IPortProbe>((_, _) => Knocked()), _time,
            NullLogger<LivenessGrain>.Instance);
    }

    private Task<bool> Killed()
    {
        _calls.Add("killed");
        return Task.FromResult(true);
    }

    private Task<bool> Knocked()
    {
        _calls.Add("knocked");
        return Task.FromResult(_isRefused);
    }
}
