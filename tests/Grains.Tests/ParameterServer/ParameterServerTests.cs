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
            { Session = bad, Term = 1, Step = 0, Order = order.Order, Blocks = [Flawed(order)], ComputeSeconds = 0.01 };
        Assert.Equal(PushOutcome.Rejected, await server.Push(push));
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

    private ParameterServerGrain Server() => new(
        Fake.Of<IGrainContext>((call, _) => call.Name == "Deactivate" ? null : GrainId.Create("parameterserver", _run)), new LocalServers(),
        _time, new RunMeters(_time, TimeSpan.Zero), NullLogger<ParameterServerGrain>.Instance);

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
