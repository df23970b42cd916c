using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using MnistDistributed.Bench.Scaling;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Simulation.Tests.Scaling;

public class StepForecastTests
{
    private const int Batch = 128;
    private const double Millisecond = 1e-3;

    private static readonly StepCosts Costs = new(
        new EngineCost(Slot: 1 * Millisecond, SlotBeside: 1.25 * Millisecond),
        new ServerCost(Add: 0.25 * Millisecond, Optimize: 0.5 * Millisecond, Publish: 0.2 * Millisecond),
        new MessageCost(
            Send: 0.4 * Millisecond, Receive: 0.6 * Millisecond, Call: 0.1 * Millisecond, OrderBytes: 900_000, PushBytes: 900_000,
            Serialize: 0, Deserialize: 0));

    private static readonly StepCosts GradientsOnly = new(
        new EngineCost(Costs.Engine.Slot, Costs.Engine.Slot), new ServerCost(0, 0, 0), new MessageCost(0, 0, 0, 0, 0, 0, 0));

    [Fact]
    public void One_worker_beside_the_server_sends_nothing_and_adds_one_block()
    {
        var step = StepForecast.Of(Costs, new StepShare(1, 16), StepPlace.OneMachine(remote: 0, cores: 2), Batch);

        Assert.Equal(0.2 + 16 + 0.25 + 0.5, step.Seconds / Millisecond, 6);
        Assert.Equal(Batch / step.Seconds, step.ImagesPerSecond, 6);
        Assert.Equal(2 * 900_136, step.Payload);
        Assert.Equal((0, StepLimit.Gradients), (step.LinkLoad, step.Limit));
        Assert.Equal(0.95 / 16.95, step.GrainLoad, 6);
        Assert.Equal(0.95 / 16.95 / 2, step.ProcessorLoad, 6);
    }

    [Fact]
    public void A_slow_link_carries_the_weights_to_all_remote_workers_and_their_gradients_back()
    {
        var step = StepForecast.Of(Costs, new StepShare(4, 16), StepPlace.Network(4, cores: 8, gigabits: 1), Batch);

        // 900,000 bytes take 7.2 ms.
        Assert.Equal(0.2 + 3 * 7.2 + 4 + 3 * 7.2 + 0.5, step.Seconds / Millisecond, 6);
        Assert.Equal(StepLimit.Link, step.Limit);
        Assert.Equal(3 * 7.2 / 47.9, step.LinkLoad, 6);
        Assert.Equal((0.2 + 3 * 0.4 + 3 * 0.6 + 4 * 0.25 + 0.5) / 47.9 / 8, step.ProcessorLoad, 6);
    }

    [Fact]
    public void Behind_a_fast_link_a_single_message_is_what_takes_long()
    {
        var step = StepForecast.Of(Costs, new StepShare(2, 16), StepPlace.Network(2, cores: 8, gigabits: 10), Batch);

        // 900,000 bytes take 0.72 ms.
        Assert.Equal(0.2 + (0.1 + 0.4 + 0.6 + 0.72) + 8 + (0.4 + 0.6 + 0.72) + 0.5, step.Seconds / Millisecond, 6);
    }

    [Fact]
    public void On_one_machine_no_phase_is_shorter_than_its_work_on_all_cores()
    {
        var step = StepForecast.Of(Costs, new StepShare(3, 16), StepPlace.OneMachine(remote: 2, cores: 2), Batch);

        // Shares of 5, 5 and 6 slots are 2, 3 and 2 blocks, and the busiest worker has to wait for a core.
        double orders = 2 * (0.4 + 0.6) / 2;
        double gradients = 16 * 1.25 / 2;
        double pushes = (5 * (0.4 + 0.6) + 7 * 0.25) / 2;
        Assert.Equal(0.2 + Math.Max(orders, 0.1 + 1.0) + gradients + pushes + 0.5, step.Seconds / Millisecond, 6);
        Assert.Equal(10 * 900_136, step.Payload);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(5), InlineData(8), InlineData(16), InlineData(40)]
    public void What_is_ordered_is_what_the_formula_counts_on(int workers)
    {
        var share = new StepShare(workers, Protocol.Spec.Slots);
        var orders = Protocol.OrdersOfSecondStep(workers);

        Assert.Equal(share.Workers, orders.Count);
        Assert.Equal(share.MostSlots, orders.Max(order => order.Blocks.Sum(block => block.Count)));
        Assert.Equal(share.MostBlocks, orders.Max(order => order.Blocks.Count));
        Assert.Equal(share.Blocks, orders.Sum(order => order.Blocks.Count));
        Assert.Equal(orders[^1].Blocks.Count, share.BlocksOfLast(1));
    }

    [Property]
    public Property Where_all_but_gradients_is_free_the_slots_are_the_bound() => Prop.ForAll(Shapes, shape =>
    {
        double one = Of(GradientsOnly, 1, shape.Slots, 10).Seconds;
        double many = Of(GradientsOnly, shape.Workers, shape.Slots, 10).Seconds;
        Assert.Equal(WorkerShare.Bound(Math.Min(shape.Workers, shape.Slots), shape.Slots), one / many, 6);
    });

    [Property]
    public Property No_step_is_faster_than_its_slots_allow_and_no_load_is_above_all() => Prop.ForAll(Shapes, shape =>
    {
        var step = Of(Costs, shape.Workers, shape.Slots, shape.Gigabits);
        Assert.True(step.Seconds >= new StepShare(shape.Workers, shape.Slots).MostSlots * Costs.Engine.Slot);
        Assert.All((double[])[step.ProcessorLoad, step.GrainLoad, step.LinkLoad], load => Assert.InRange(load, 0, 1));
    });

    [Property]
    public Property A_faster_link_and_more_cores_never_hurt() => Prop.ForAll(Shapes, shape =>
    {
        double seconds = Of(Costs, shape.Workers, shape.Slots, shape.Gigabits).Seconds;
        Assert.True(Of(Costs, shape.Workers, shape.Slots, 10 * shape.Gigabits).Seconds <= seconds);
        Assert.True(Of(Costs, shape.Workers, shape.Slots, shape.Gigabits, cores: 16).Seconds <= seconds);
    });

    [Property]
    public Property Workers_without_slots_change_nothing() => Prop.ForAll(Shapes, shape => Assert.Equal(
        Of(Costs, shape.Slots, shape.Slots, shape.Gigabits).Seconds, Of(Costs, shape.Slots + 7, shape.Slots, shape.Gigabits).Seconds));

    private static Arbitrary<(int Workers, int Slots, double Gigabits)> Shapes => (
        from workers in Gen.Choose(1, 1024)
        from power in Gen.Choose(0, 10)
        from gigabits in Gen.Elements(1.0, 10, 100)
        select (workers, 1 << power, gigabits)).ToArbitrary();

    private static StepForecast Of(StepCosts costs, int workers, int slots, double gigabits, int cores = 8)
    {
        var share = new StepShare(workers, slots);
        return StepForecast.Of(costs, share, StepPlace.Network(share.Workers, cores, gigabits), 8 * slots);
    }
}
