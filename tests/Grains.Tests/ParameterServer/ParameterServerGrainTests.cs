using System.Runtime.InteropServices;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Grains.Tests.ParameterServer;

public sealed class ParameterServerGrainTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    [Fact]
    public async Task A_server_that_nobody_opened_says_so_and_never_begins_by_itself()
    {
        var (_, server) = fixture.NewRun();
        Assert.False((await server.Offer()).IsOpen);
        Assert.False((await server.Join(ClusterFixture.Join(Guid.NewGuid()))).IsOpen);
        Assert.Equal(new WatchReply { Term = 0, Status = null }, await server.Watch(1, null));
        Assert.Equal(NextKind.Join, (await server.Next(Guid.NewGuid(), 0, 0)).Kind);
        Assert.Null(await server.Snapshot(1));
        Assert.Null(await server.Logits(1, 0));
        await server.Continue(1, 0);
        await server.Close(1);
        Assert.False((await server.Offer()).IsOpen);
    }

    [Fact]
    public async Task A_term_opens_once_and_only_a_later_one_takes_its_place()
    {
        var (_, server) = fixture.NewRun();
        Assert.Null((await server.Open(ClusterFixture.Open(term: 2))).Problem);
        Assert.Null((await server.Open(ClusterFixture.Open(term: 2))).Problem);
        Assert.Equal("Term 1 is over: term 2 is open.", (await server.Open(ClusterFixture.Open(term: 1))).Problem);
        var session = Guid.NewGuid();
        await server.Join(ClusterFixture.Join(session));
        Assert.Null((await server.Open(ClusterFixture.Open(term: 3))).Problem);
        Assert.Equal(new WatchReply { Term = 3, Status = null }, await server.Watch(2, null));
        Assert.Equal(3, (await server.Watch(3, null)).Term);
        Assert.Equal(NextKind.Join, (await server.Next(session, 2, 0)).Kind);
    }

    [Fact]
    public async Task A_term_that_one_coordinator_has_open_is_refused_to_another()
    {
        var (run, server) = fixture.NewRun();
        await server.Open(ClusterFixture.Open());
        var other = ClusterFixture.Open() with { Coordinator = Guid.NewGuid() };
        Assert.Equal($"Another coordinator trains a run {run} on this cluster: start again, and the run gets another name.",
            (await server.Open(other)).Problem);
        Assert.Null((await server.Open(ClusterFixture.Open())).Problem);
        // A coordinator that takes the place of a lost one counts a term on.
        Assert.Null((await server.Open(other with { Term = 2 })).Problem);
    }

    [Fact]
    public async Task A_state_that_was_damaged_on_its_way_opens_nothing_and_is_asked_for_again()
    {
        var (_, server) = fixture.NewRun();
        var request = ClusterFixture.Open();
        byte[] damaged = [.. request.State];
        damaged[^100] ^= 1;
        var reply = await server.Open(request with { State = damaged });
        Assert.Equal((null, true), (reply.Problem, reply.TryAgain));
        Assert.False((await server.Offer()).IsOpen);
        Assert.False((await server.Open(request)).TryAgain);
        Assert.True((await server.Offer()).IsOpen);
    }

    [Fact]
    public async Task What_is_no_spec_or_no_state_is_refused_with_a_reason()
    {
        var (_, server) = fixture.NewRun();
        Assert.NotNull((await server.Open(ClusterFixture.Open() with { Spec = "{}" })).Problem);
        var other = ClusterFixture.Spec with { Network = new(16, 16, 32) };
        Assert.NotNull((await server.Open(ClusterFixture.Open() with { State = TrainingState.Initial(other).ToBytes() })).Problem);
        Assert.False((await server.Offer()).IsOpen);
    }

    [Fact]
    public async Task A_session_that_holds_the_weights_gets_none_and_others_get_all_of_them()
    {
        var (_, server) = fixture.NewRun();
        await server.Open(ClusterFixture.Open());
        var session = Guid.NewGuid();
        await server.Join(ClusterFixture.Join(session));
        byte[] weights = (await server.Next(session, 0, 0)).Weights!;
        Assert.Equal(InitialWeights(), MemoryMarshal.Cast<byte, float>(weights).ToArray());
        Assert.Null((await server.Next(session, 1, 0)).Weights);

        static float[] InitialWeights() => TrainingState.FromBytes(ClusterFixture.Open().State, ClusterFixture.Spec).Weights;
    }

    [Fact]
    public async Task A_newer_call_of_a_session_supersedes_the_one_that_waits()
    {
        var (_, server) = fixture.NewRun();
        await server.Open(ClusterFixture.Open());
        var (busy, idle) = (Guid.NewGuid(), Guid.NewGuid());
        await server.Join(ClusterFixture.Join(busy));
        await server.Join(ClusterFixture.Join(idle));
        await server.Next(busy, 0, 0);
        await server.Next(busy, 0, 0);
        Assert.Equal(NextKind.Work, (await server.Next(idle, 0, 0)).Kind);

        // All slots are ordered once the idle one has its share, so a session that comes last has to wait.
        var last = Guid.NewGuid();
        await server.Join(ClusterFixture.Join(last));
        // Which of two calls arrives first is not said; the one that arrives last waits on.
        var calls = new List<Task<NextReply>> { server.Next(last, 0, 0), server.Next(last, 0, 0) };
        var superseded = await Task.WhenAny(calls);
        Assert.Equal(NextKind.AskAgain, (await superseded).Kind);
        calls.Remove(superseded);
        await server.Close(1);
        Assert.Equal(NextKind.Stop, (await calls[0]).Kind);
    }

    [Fact]
    public async Task A_malformed_push_is_answered_so_and_changes_nothing()
    {
        var (_, server) = fixture.NewRun();
        await server.Open(ClusterFixture.Open());
        var session = Guid.NewGuid();
        await server.Join(ClusterFixture.Join(session));
        var push = new GradientPush
        {
            Session = session,
            Term = 1,
            Step = 0,
            Order = 1,
            Blocks = [new BlockPush { First = 0, Count = 8, Gradient = [1, 2, 3, 4], Loss = 0, Hits = 0, Samples = 32, Digest = 0 }],
            ComputeSeconds = 0.01,
            AsksNext = true,
        };
        Assert.Equal(PushOutcome.Malformed, (await server.Push(push)).Outcome);
        Assert.Equal(PushOutcome.Stale, (await server.Push(push with { Step = 1 })).Outcome);
        Assert.Equal(0, (await server.Watch(1, null)).Status!.Step);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_push_that_ends_a_step_brings_the_next_order_to_who_asks_for_it(bool asksNext)
    {
        var (_, server) = fixture.NewRun();
        await server.Open(ClusterFixture.Open());
        var session = Guid.NewGuid();
        await server.Join(ClusterFixture.Join(session));
        var order = await server.Next(session, 0, 0);
        byte[] gradient = new byte[order.Weights!.Length];
        int samples = new SlotPlan(ClusterFixture.Spec).StepSamples(0);
        var push = new GradientPush
        {
            Session = session,
            Term = 1,
            Step = 0,
            Order = order.Order,
            Blocks =
            [
                new BlockPush
                {
                    First = 0, Count = ClusterFixture.Spec.Slots, Gradient = gradient, Loss = 1, Hits = 0, Samples = samples,
                    Digest = BlockGradient.DigestOf(gradient, new BlockSum(1, 0, samples)),
                },
            ],
            ComputeSeconds = 0.01,
            AsksNext = asksNext,
        };

        var reply = await server.Push(push);

        Assert.Equal(PushOutcome.Accepted, reply.Outcome);
        Assert.Equal(asksNext ? (NextKind.Work, 1, true) : null, Brief(reply.Next));
        Assert.Equal((NextKind.Work, 1, true), Brief(await server.Next(session, 1, 0)));

        static (NextKind Kind, int Step, bool HasWeights)? Brief(NextReply? next) =>
            next is null ? null : (next.Kind, next.Step, next.Weights is not null);
    }

    [Fact]
    public async Task A_worker_of_another_version_is_refused_and_both_are_named()
    {
        var (_, server) = fixture.NewRun();
        await server.Open(ClusterFixture.Open());
        var hello = ClusterFixture.Join(Guid.NewGuid());
        Assert.Equal($"Worker test has protocol version 99, the run has {TrainingProtocol.Version}.",
            (await server.Join(hello with { ProtocolVersion = 99 })).Refusal);
        Assert.Equal($"Worker test has numerics version 99, the run has {GradientEngines.NumericsVersion}.",
            (await server.Join(hello with { NumericsVersion = 99 })).Refusal);
        Assert.Equal(0, (await server.Watch(1, null)).Status!.Workers);
    }

    [Fact]
    public async Task What_a_coordinator_of_another_version_opens_is_refused_and_both_are_named()
    {
        var (_, server) = fixture.NewRun();
        string problem = (await server.Open(ClusterFixture.Open() with { ProtocolVersion = 99 })).Problem!;
        Assert.StartsWith("The coordinator has protocol version 99, the silo that would hold the parameter server has "
            + $"{TrainingProtocol.Version}", problem, StringComparison.Ordinal);
        Assert.False((await server.Offer()).IsOpen);
    }

    [Fact]
    public async Task Test_images_whose_logits_fit_into_no_message_are_refused()
    {
        var (_, server) = fixture.NewRun();
        string problem = (await server.Open(ClusterFixture.Open() with { TestImages = MessageSize.Limit / 40 + 1 })).Problem!;
        Assert.StartsWith("The set of test logits is 100,663,", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_whose_arithmetic_differs_is_refused()
    {
        var (_, server) = fixture.NewRun();
        await server.Open(ClusterFixture.Open(fingerprint: "other"));
        var reply = await server.Join(ClusterFixture.Join(Guid.NewGuid()));
        Assert.Equal($"Worker test has gradient fingerprint {Fingerprint.Of(ClusterFixture.Spec)}, the run has other.", reply.Refusal);
    }
}
