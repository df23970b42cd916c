using FsCheck.Xunit;
using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Model.Training;
using static MnistDistributed.Model.Tests.Protocol.ProtocolKit;

namespace MnistDistributed.Model.Tests.Protocol;

public sealed class UndisturbedWeightsTests
{
    private static readonly TrainingState Undisturbed = Fake.Undisturbed();
    private static readonly string Expected = WeightsDigest.Of(Undisturbed.Weights);

    private readonly FakeTimeProvider _time = new();

    [Property(MaxTest = 400, EndSize = 300)]
    public void Whatever_happens_on_the_way_the_run_ends_with_the_undisturbed_weights(byte[] events, byte quorum)
    {
        int minWorkers = quorum % 3 + 1;
        var world = new ProtocolWorld(Open(_time, minWorkers: minWorkers, isPaused: quorum % 2 == 0), _time, minWorkers);
        foreach (byte e in events)
            world.Happen(e);
        world.FinishWithNewSessions();

        Assert.Equal(Expected, WeightsDigest.Of(world.Protocol.State.Weights));
        Assert.Equal(Enumerable.Repeat(70, Spec.Epochs), world.SamplesOfEpochs);
        Assert.Equal(Undisturbed.EpochSum, world.Protocol.State.EpochSum);
    }

    [Fact]
    public void Random_events_reach_all_that_a_run_has_to_survive()
    {
        var random = new Random(1);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int run = 0; run < 60; run++)
        {
            var world = new ProtocolWorld(Open(_time), _time);
            for (int i = 0; i < 200; i++)
            {
                world.Happen((byte)random.Next(256));
                seen.Add(world.Protocol.Phase.ToString());
            }

            world.FinishWithNewSessions();
            var counters = world.Protocol.Counters;
            foreach (var (name, count) in new[]
            {
                ("speculative order", counters.SpeculativeOrders), ("speculative win", counters.SpeculativeWins),
                    ("rejected push", counters.RejectedPushes),
                ("stale push", counters.StalePushes), ("repeated order", counters.RepeatedOrders),
            })
            {
                if (count > 0)
                    seen.Add(name);
            }
        }

        Assert.Superset(
            new HashSet<string>
            {
                "Training", "Paused", "Validating", "Testing", "Done",
                "repeated order", "speculative order", "speculative win", "rejected push", "stale push",
            },
            seen);
    }

    [Property(MaxTest = 100, EndSize = 300)]
    public void A_term_opened_from_any_snapshot_ends_with_the_undisturbed_weights(byte[] before, byte[] after, bool isPaused)
    {
        var world = new ProtocolWorld(Open(_time), _time);
        foreach (byte e in before)
            world.Happen(e);
        var state = TrainingState.FromBytes(world.Protocol.State.ToBytes(), Spec);
        var second = new ProtocolWorld(Open(_time, term: 2, state, world.SamplesOfEpochs.Count, isPaused: isPaused), _time);
        foreach (byte e in after)
            second.Happen(e);
        second.FinishWithNewSessions();

        Assert.Equal(Expected, WeightsDigest.Of(second.Protocol.State.Weights));
        Assert.Equal(Spec.Epochs, world.SamplesOfEpochs.Count + second.SamplesOfEpochs.Count);
    }
}
