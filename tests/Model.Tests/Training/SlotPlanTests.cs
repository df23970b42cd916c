using FsCheck;
using FsCheck.Xunit;
using MnistDistributed.Model.Numerics;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Tests.Training;

public class SlotPlanTests
{
    private static RunSpec Spec(int images, int slots, int batch, ulong seed = 1, int validation = 0, int epochs = 3) =>
        new() { TrainingImages = images, Slots = slots, Batch = batch, Seed = seed, Validation = validation, Epochs = epochs };

    private static int[] StepOf(EpochOrder order, int slots, int step) => order.Block(0, slots, step).Samples.ToArray();

    [Property(MaxTest = 300)]
    public void Every_sample_is_used_exactly_once_per_epoch(
        PositiveInt size, byte power, byte microBatch, byte heldOut, ulong seed, byte epoch)
    {
        int slots = 1 << (power % 8);
        int samples = 1 + size.Get % 700;
        var spec = Spec(samples + heldOut, slots, slots * (1 + microBatch % 9), seed, heldOut);
        var plan = new SlotPlan(spec);
        var order = plan.Epoch(epoch);

        var used = new List<int>();
        for (int step = 0; step < plan.StepsPerEpoch; step++)
        {
            var ofStep = new List<int>();
            for (int slot = 0; slot < slots; slot++)
                ofStep.AddRange(order.MicroBatch(slot, step));

            Assert.Equal(ofStep, StepOf(order, slots, step));
            Assert.Equal(ofStep.Count, plan.StepSamples(epoch * plan.StepsPerEpoch + step));
            Assert.Equal(used.Count, plan.SamplesBefore(step));
            Assert.True(ofStep.Count == spec.Batch || step == plan.StepsPerEpoch - 1);
            Assert.NotEmpty(ofStep);
            used.AddRange(ofStep);
        }

        used.Sort();
        Assert.Equal(Enumerable.Range(0, samples), used);
        Assert.Equal(samples, plan.SamplesBefore(plan.StepsPerEpoch));
    }

    [Property(MaxTest = 100)]
    public void Slots_differ_by_one_sample_at_most_and_keep_theirs_for_the_whole_run(
        PositiveInt size, byte power, byte microBatch, ulong seed)
    {
        int slots = 1 << (power % 6);
        var plan = new SlotPlan(Spec(1 + size.Get % 500, slots, slots * (1 + microBatch % 5), seed));
        int[][] first = Enumerable.Range(0, slots).Select(slot => SamplesOf(plan, 0, slot)).ToArray();
        int[][] second = Enumerable.Range(0, slots).Select(slot => SamplesOf(plan, 1, slot)).ToArray();

        Assert.InRange(first.Max(s => s.Length) - first.Min(s => s.Length), 0, 1);
        Assert.Equal(first.Select(s => s.Order()), second.Select(s => s.Order()));
        Assert.Equal((int)Math.Ceiling(first.Max(s => s.Length) / (double)plan.MicroBatch), plan.StepsPerEpoch);
    }

    [Fact]
    public void Deals_and_shuffles_by_the_keys_of_the_contract()
    {
        const ulong seed = 99;
        var plan = new SlotPlan(Spec(101, 8, 16, seed));
        int[] deck = [.. Enumerable.Range(0, 101).OrderBy(i => Philox.Key64(seed, Purpose.Deal, 0, i)).ThenBy(i => i)];
        for (int slot = 0; slot < 8; slot++)
        {
            var dealt = deck.Where((_, i) => i % 8 == slot);
            Assert.Equal(dealt.OrderBy(i => Philox.Key64(seed, Purpose.Order, 2, i)).ThenBy(i => i), SamplesOf(plan, 2, slot));
        }
    }

    [Fact]
    public void A_block_has_the_samples_of_its_slots_side_by_side()
    {
        var plan = new SlotPlan(Spec(27, 8, 16));
        var order = plan.Epoch(1);
        for (int step = 0; step < plan.StepsPerEpoch; step++)
        {
            var block = order.Block(4, 4, step);
            Assert.Equal(1, block.Epoch);
            Assert.Equal(4, block.SlotSizes.Length);
            int next = 0;
            for (int i = 0; i < 4; i++)
            {
                var micro = order.MicroBatch(4 + i, step);
                Assert.Equal(micro.Length, block.SlotSizes[i]);
                Assert.Equal(micro.Length, plan.BlockSamples(plan.StepsPerEpoch + step, 4 + i, 1));
                Assert.True(micro.SequenceEqual(block.Samples.Slice(next, micro.Length)));
                next += micro.Length;
            }

            Assert.Equal(next, block.Samples.Length);
            Assert.Equal(next, plan.BlockSamples(step, 4, 4));
        }
    }

    [Fact]
    public void More_slots_than_samples_leaves_slots_empty()
    {
        var plan = new SlotPlan(Spec(3, 8, 8));
        var order = plan.Epoch(0);
        Assert.Equal(1, plan.StepsPerEpoch);
        Assert.Equal(3, plan.StepSamples(0));
        Assert.Equal(3, Enumerable.Range(0, 8).Count(slot => order.MicroBatch(slot, 0).Length == 1));
        Assert.Equal(5, Enumerable.Range(0, 8).Count(slot => order.MicroBatch(slot, 0).IsEmpty));
    }

    [Fact]
    public void Orders_differ_by_epoch_and_by_seed_and_by_nothing_else()
    {
        var plan = new SlotPlan(Spec(500, 4, 20));
        Assert.NotEqual(SamplesOf(plan, 0, 0), SamplesOf(plan, 1, 0));
        Assert.NotEqual(SamplesOf(plan, 0, 0), SamplesOf(new SlotPlan(Spec(500, 4, 20, seed: 2)), 0, 0));
        Assert.Equal(SamplesOf(plan, 0, 0), SamplesOf(new SlotPlan(Spec(500, 4, 40, epochs: 9)), 0, 0));
    }

    [Fact]
    public void An_epoch_is_computed_once()
    {
        var plan = new SlotPlan(Spec(500, 4, 20));
        Assert.Same(plan.Epoch(3), plan.Epoch(3));
    }

    [Fact]
    public void Steps_are_counted_over_the_run()
    {
        var plan = new SlotPlan(Spec(60_000, 16, 128, validation: 5000, epochs: 5));
        Assert.Equal((55_000, 430, 2150, 8), (plan.Samples, plan.StepsPerEpoch, plan.TotalSteps, plan.MicroBatch));
        Assert.Equal((0, 429), (plan.EpochOf(429), plan.StepInEpoch(429)));
        Assert.Equal((1, 0), (plan.EpochOf(430), plan.StepInEpoch(430)));
        Assert.Equal((128, 88), (plan.StepSamples(430), plan.StepSamples(429)));
    }

    [Fact]
    public void A_step_beyond_the_epoch_or_a_bad_spec_is_refused()
    {
        var plan = new SlotPlan(Spec(64, 4, 16));
        Assert.Throws<ArgumentOutOfRangeException>(() => plan.Epoch(0).MicroBatch(0, 4).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => plan.Epoch(0).MicroBatch(4, 0).Length);
        Assert.Throws<ArgumentException>(() => new SlotPlan(Spec(64, 3, 16)));
    }

    private static int[] SamplesOf(SlotPlan plan, int epoch, int slot)
    {
        var samples = new List<int>();
        for (int step = 0; step < plan.StepsPerEpoch; step++)
            samples.AddRange(plan.Epoch(epoch).MicroBatch(slot, step));
        return [.. samples];
    }
}
