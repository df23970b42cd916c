using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Grains.Telemetry;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Telemetry;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Grains.Tests.ParameterServer;

/// <summary>A parameter server without a cluster, on a clock that stands still.</summary>
public class ParameterServerTests
{
    // No other test has it.
    private readonly string _run = Guid.NewGuid().ToString();

    private readonly FakeTimeProvider _time = new();
    private readonly LocalServers _servers = new();

    [Fact]
    public async Task Who_waits_is_woken_when_anothers_push_cannot_be_used()
    {
        var counted = new Dictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, it) =>
        {
            if (instrument.Meter.Name == ProtocolMeter.Name && instrument.Meter.Tags!.Contains(new("run", _run)))
                it.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            counted[instrument.Name] = counted.GetValueOrDefault(instrument.Name) + value;
        });
        listener.Start();
        var server = Server();
        await server.Open(ClusterFixture.Open());
        var (bad, good) = (Guid.NewGuid(), Guid.NewGuid());
        await server.Join(ClusterFixture.Join(bad));
        var order = await server.Next(bad, 0, 0);
        await server.Join(ClusterFixture.Join(good));
        var waiting = server.Next(good, 0, 0);
        Assert.False(waiting.IsCompleted);

        var push = new GradientPush
            { Session = bad, Term = 1, Step = 0, Order = order.Order, Blocks = [Flawed(order)], ComputeSeconds = 0.01, AsksNext = true };
        Assert.Equal(PushOutcome.Rejected, (await server.Push(push)).Outcome);
        Assert.Equal(order.Blocks, (await waiting.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken)).Blocks);
        Assert.Equal(1, counted["mnist.orders.repeated"]);
    }

    [Theory]
    [InlineData("closed")]
    [InlineData("handed over")]
    [InlineData("deactivated")]
    [InlineData("never open")]
    public async Task What_it_measured_goes_when_it_is(string end)
    {
        var live = new HashSet<Instrument>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, it) =>
        {
            if (instrument.Meter.Tags?.Contains(new("run", _run)) != true)
                return;
            live.Add(instrument);
            it.EnableMeasurementEvents(instrument);
        };
        listener.MeasurementsCompleted = (instrument, _) => live.Remove(instrument);
        listener.Start();
        var server = Server();
        var request = ClusterFixture.Open();
        bool isRefused = end == "never open";
        Assert.Equal(isRefused, (await server.Open(isRefused ? request with { EpochsEvaluated = 99 } : request)).Problem is not null);
        Assert.NotEmpty(live);
        if (end == "closed")
            await server.Close(1);
        else if (end == "handed over")
            Assert.NotNull(await server.HandOver(1));
        else
            await server.OnDeactivateAsync(new DeactivationReason(DeactivationReasonCode.ApplicationRequested, ""), CancellationToken.None);
        Assert.Empty(live);
    }

    [Fact]
    public async Task Who_asks_before_the_term_is_open_is_answered_when_it_opens()
    {
        var server = Server();
        var offer = server.Offer();
        Assert.False(offer.IsCompleted);
        await server.Open(ClusterFixture.Open());
        Assert.True((await offer.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken)).IsOpen);
    }

    [Fact]
    public async Task Who_asks_where_no_term_opens_is_told_so_after_a_while()
    {
        var offer = Server().Offer();
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.False((await offer.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken)).IsOpen);
    }

    [Fact]
    public async Task Who_asks_at_a_silo_that_is_about_to_go_is_sent_on_at_once()
    {
        var server = Server();
        var offer = server.Offer();
        _servers.BeginLeaving();
        Assert.True((await server.Open(ClusterFixture.Open())).TryAgain);
        Assert.False((await offer.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken)).IsOpen);
    }

    [Fact]
    public async Task The_answer_to_what_was_opened_names_the_silo()
    {
        var server = Server();
        Assert.Null((await server.Open(ClusterFixture.Open() with { Spec = "{}" })).Silo);
        Assert.Equal(SiloAddress.Zero, (await server.Open(ClusterFixture.Open())).Silo);
    }

    [Fact]
    public async Task A_silo_is_sent_the_weights_of_a_step_once_and_whoever_has_not_got_them_is_sent_its_own()
    {
        var server = Server();
        await server.Open(ClusterFixture.Open());
        var (first, second) = (await Join("run/there/0"), await Join("run/there/1"));
        var (near, nearToo) = (await Join("run/here/0"), await Join("run/here/1"));

        var sent = await server.Next(first, 1, -1);
        Assert.NotNull(sent.Weights);
        // It was not answered before: what it asks for again was lost.
        Assert.NotNull((await server.Next(first, 1, -1)).Weights);
        var shared = await server.Next(second, 1, -1);
        Assert.Null(shared.Weights);
        Assert.True(shared.WeightsAreInSilo);
        Assert.Equal(sent.WeightsDigest, shared.WeightsDigest);
        Assert.NotNull((await server.Next(second, 0, 0)).Weights);
        Assert.False((await server.Next(second, 1, 0)).WeightsAreInSilo);

        // Where the parameter server is they are not copied.
        Assert.NotNull((await server.Next(near, 1, -1)).Weights);
        Assert.NotNull((await server.Next(nearToo, 1, -1)).Weights);

        async Task<Guid> Join(string worker)
        {
            var session = Guid.NewGuid();
            await server.Join(ClusterFixture.Join(session) with { Worker = worker });
            return session;
        }
    }

    private ParameterServerGrain Server() => new(
        Fake.Of<IGrainContext>((call, _) => call.Name switch
        {
            "get_GrainId" => GrainId.Create("parameterserver", _run),
            "get_Address" => new GrainAddress { SiloAddress = SiloAddress.Zero },
            _ => null,
        }),
        Fake.Of<ILocalSiloDetails>((_, _) => "here"), _servers, _time, new RunMeters(_time, TimeSpan.Zero),
        NullLogger<ParameterServerGrain>.Instance);

    private static BlockPush Flawed(NextReply order)
    {
        byte[] gradient = new byte[order.Weights!.Length];
        var sum = new BlockSum(0, 0, new SlotPlan(ClusterFixture.Spec).BlockSamples(order.Step, order.Blocks[0], order.Blocks[1]));
        return new BlockPush
        {
            First = order.Blocks[0], Count = order.Blocks[1], Gradient = gradient,
            Loss = sum.Loss, Hits = sum.Hits, Samples = sum.Samples, Digest = BlockGradient.DigestOf(gradient, sum) + 1,
        };
    }
}
