using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Coordinator.Training;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Tests.Training;

/// <summary>What the run loop makes of what it sees of a run.</summary>
public class StatusTests
{
    private static readonly TermStatus Training = new()
    {
        Phase = RunPhase.Training, Step = 0, Loss = 0, Hits = 0, Samples = 0, Workers = 2, Evaluated = 0, ToEvaluate = 0,
        Counters = default, Trouble = null, Failure = null, IsLeaving = false, Incidents = [], IncidentCount = 0, Silos = 1,
        GradientNorm = null,
    };

    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _said = [];

    [Fact]
    public void A_run_with_too_few_workers_says_so_once_and_when_it_goes_on()
    {
        var quorum = Needs(3, TimeSpan.FromMinutes(10));
        quorum.Observe(Training);
        Assert.Null(quorum.Waiting);
        _time.Advance(TimeSpan.FromSeconds(3));
        quorum.Observe(Training);
        quorum.Observe(Training with { Workers = 1 });
        Assert.Equal("waiting for workers: 1 of 3 are here", quorum.Waiting);
        quorum.Observe(Training with { Workers = 3 });
        Assert.Null(quorum.Waiting);
        Assert.Equal(["The run is waiting for workers: 2 of 3 are here.", "The run goes on with 3 workers."], _said);
    }

    [Fact]
    public void A_worker_that_is_missed_for_a_moment_is_not_told_of()
    {
        var quorum = Needs(2, TimeSpan.FromMinutes(10));
        for (int i = 0; i < 5; i++)
        {
            quorum.Observe(Training with { Workers = 1 });
            _time.Advance(TimeSpan.FromSeconds(1.5));
            quorum.Observe(Training);
        }

        Assert.Empty(_said);
    }

    [Fact]
    public void A_run_waits_for_workers_only_so_long_and_a_pause_does_not_count()
    {
        var quorum = Needs(3, TimeSpan.FromSeconds(60));
        quorum.Observe(Training);
        _time.Advance(TimeSpan.FromSeconds(59));
        quorum.Observe(Training);
        Assert.Null(quorum.Problem);
        quorum.Observe(Training with { Phase = RunPhase.Paused });
        _time.Advance(TimeSpan.FromHours(1));
        quorum.Observe(Training with { Phase = RunPhase.Paused, Workers = 0 });
        quorum.Observe(Training with { Workers = 1 });
        Assert.Null(quorum.Problem);
        _time.Advance(TimeSpan.FromSeconds(60));
        quorum.Observe(Training);
        Assert.Equal("The run needs 3 workers, and for 60 s there were 2 at most.", quorum.Problem);
    }

    [Fact]
    public void A_run_is_idle_when_no_worker_has_taken_part_for_a_while_and_one_has_said_why()
    {
        var quorum = new Quorum(new RunOptions { Patience = TimeSpan.FromSeconds(5) }, _time, _said.Add);
        var alone = Training with { Workers = 0 };
        quorum.Observe(alone);
        _time.Advance(TimeSpan.FromHours(1));
        quorum.Observe(alone with { Trouble = "other data" });
        Assert.False(quorum.IsIdle);
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.True(quorum.IsIdle);
        quorum.Observe(Training with { Trouble = "other data" });
        Assert.False(quorum.IsIdle);
    }

    [Fact]
    public void Each_incident_is_told_once_whatever_the_looks_and_terms_and_missed_ones_are_counted()
    {
        var incidents = new Incidents();
        Assert.Equal(["a", "b"], incidents.Observe(Training with { Incidents = ["a", "b"], IncidentCount = 2 }));
        Assert.Equal(["c"], incidents.Observe(Training with { Incidents = ["a", "b", "c"], IncidentCount = 3 }));
        Assert.Equal(["x", "y", "2 more such lines are in the logs of the silos."],
            incidents.Observe(Training with { Incidents = ["x", "y"], IncidentCount = 7 }));
        incidents.BeginTerm();
        Assert.Equal(["z"], incidents.Observe(Training with { Incidents = ["a", "z"], IncidentCount = 2 }));
    }

    [Fact]
    public void What_happened_is_summed_over_the_terms()
    {
        var usage = new ClusterUsage();
        usage.BeginTerm();
        Assert.Null(usage.Counters.Happened);
        usage.Observe(Training with { Counters = new() { Steps = 5, RepeatedOrders = 1, StalePushes = 1 } }, 1);
        usage.Observe(Training with
            { Workers = 4, Counters = new() { Steps = 10, RepeatedOrders = 2, SpeculativeOrders = 1, StalePushes = 3 } }, 2);
        Assert.Equal("2 orders repeated, 1 of them speculative, 3 stale pushes", usage.Counters.Happened);
        usage.BeginTerm();
        usage.Observe(
            Training with { Workers = 3, Counters = new()
                { Steps = 10, RepeatedOrders = 1, SpeculativeOrders = 1, SpeculativeWins = 1, RejectedPushes = 1 } }, 4);
        Assert.Equal("2 terms, 3 orders repeated, 2 of them speculative, 1 of these the faster, 3 stale pushes, 1 push rejected",
            usage.Counters.Happened);
        Assert.Equal(20, usage.Counters.Total.Steps);
        Assert.Equal(3, usage.MeanWorkers);
        Assert.Equal(3, usage.PeakWorkers);
        Assert.Equal(4, usage.Seconds);
    }

    [Fact]
    public void A_pause_is_no_part_of_an_epochs_time()
    {
        var clock = new EpochClock(_time);
        clock.Begin(3);
        _time.Advance(TimeSpan.FromSeconds(7));
        clock.Observe(RunPhase.Training, 0);
        _time.Advance(TimeSpan.FromSeconds(2));
        clock.Observe(RunPhase.Paused, 20);
        _time.Advance(TimeSpan.FromHours(1));
        clock.Observe(RunPhase.Training, 20);
        _time.Advance(TimeSpan.FromSeconds(4));
        clock.Observe(RunPhase.Training, 60);
        Assert.Equal(9, clock.EpochSeconds);
        Assert.Equal(6, clock.TotalSeconds);
        Assert.Equal(10, clock.StepsPerSecond);
        clock.Observe(RunPhase.Validating, 60);
        clock.Begin(0);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(0, clock.EpochSeconds);
        Assert.Equal(6, clock.TotalSeconds);
    }

    private Quorum Needs(int workers, TimeSpan patience) =>
        new(new RunOptions { MinWorkers = workers, QuorumTimeout = patience }, _time, _said.Add);

    [Theory]
    [InlineData(1, "1 worker on 16 slots; up to 16 could share them.")]
    [InlineData(4, "4 workers on 16 slots: at most 4 times the speed of one.")]
    [InlineData(6, "6 workers on 16 slots: at most 5.33 times the speed of one. --slots 64 --batch 512 would allow 5.82 times: another "
        + "spec, and another result.")]
    [InlineData(16, "16 workers on 16 slots: at most 16 times the speed of one.")]
    public void The_bound_on_the_speed_of_workers_is_told_and_what_another_spec_would_allow(int workers, string line) =>
        Assert.Equal(line, SpeedUp.Bound(workers, new RunSpec()));

    [Theory]
    [InlineData(16, null)]
    [InlineData(17,
        "16 slots share the work of 16 workers at most; --slots 32 --batch 256 would let 32 take part: another spec, and another result.")]
    [InlineData(100, "16 slots share the work of 16 workers at most; --slots 128 --batch 1024 would let 128 take part: another spec, and "
        + "another result.")]
    [InlineData(5000, "16 slots share the work of 16 workers at most; --slots 1024 --batch 8192 would let 1024 take part: another spec, "
        + "and another result.")]
    public void More_workers_than_slots_are_told_which_spec_would_let_them_take_part(int workers, string? line) =>
        Assert.Equal(line, SpeedUp.Limit(workers, new RunSpec()));
}
