using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Training;
using static MnistDistributed.Model.Tests.Engine.Batches;

namespace MnistDistributed.Model.Tests.Engine;

/// <summary>However the tree is cut into blocks and these are put together again, its bits are the same.</summary>
public class TreeTests
{
    private const int Images = 24;

    private static readonly RunSpec Spec = Narrow with { Recipe = new Recipe { Dropout = 0.5, Shift = 1 } };
    private static readonly float[] Weights = InitialWeights.Create(Spec);

    /// <summary>The sizes of eight slots, and where the tree over them is cut: a bit for each of its inner nodes.</summary>
    public sealed record Cut(int[] SlotSizes, int Nodes, int Epoch);

    public static class Cuts
    {
        public static Arbitrary<Cut> Cut() => (
            from sizes in Gen.Frequency((1, Gen.Constant(0)), (3, Gen.Choose(1, 5)), (1, Gen.Constant(9))).ArrayOf(8)
            from nodes in Gen.Choose(0, 127)
            from epoch in Gen.Choose(0, 3)
            select new Cut(sizes, nodes, epoch)).ToArbitrary();
    }

    [Property(MaxTest = 60, Arbitrary = [typeof(Cuts)])]
    public void Blocks_put_together_are_the_block_of_all(Cut cut)
    {
        var engine = GradientEngines.Create(Spec, Batches.Images(Images));
        int[] samples = [.. Enumerable.Range(0, cut.SlotSizes.Sum()).Select(i => (i * 11 + cut.Nodes) % Images)];

        var whole = Gradient(engine, Spec, Weights, cut.Epoch, samples, cut.SlotSizes);
        var parts = Assemble(cut, samples, engine, 0, 8, 1);

        Assert.Equal(whole.Sum, parts.Sum);
        Assert.Equal(Bits(whole.Gradient), Bits(parts.Gradient));
    }

    [Property(MaxTest = 40, Arbitrary = [typeof(Cuts)])]
    public void A_slot_alone_and_in_another_engine_has_the_same_bits(Cut cut)
    {
        var images = Batches.Images(Images);
        int[] samples = [.. Enumerable.Range(0, cut.SlotSizes.Sum()).Select(i => (i * 5 + cut.Nodes) % Images)];
        int slot = cut.Nodes % 8;
        int[] own = samples[cut.SlotSizes[..slot].Sum()..cut.SlotSizes[..(slot + 1)].Sum()];
        var used = GradientEngines.Create(Spec, images);
        Gradient(used, Spec, Weights, cut.Epoch, samples, cut.SlotSizes);

        // Beside slots of other sizes, all of which are empty, so that the block's sum is the slot's own.
        var sizes = new int[4];
        sizes[slot % 4] = own.Length;
        var beside = Gradient(used, Spec, Weights, cut.Epoch, own, sizes);
        var alone = Gradient(GradientEngines.Create(Spec, images), Spec, Weights, cut.Epoch, own, own.Length);

        Assert.Equal(alone.Sum, beside.Sum);
        Assert.Equal(Bits(alone.Gradient), Bits(beside.Gradient));
    }

    [Fact]
    public void An_empty_block_is_all_zero()
    {
        var (gradient, sum) = Gradient(GradientEngines.Create(Spec, Batches.Images(1)), Spec, Weights, 0, [], 0, 0, 0, 0);
        Assert.Equal(default, sum);
        Assert.All(gradient, element => Assert.Equal(0, BitConverter.SingleToInt32Bits(element)));
    }

    private static (float[] Gradient, BlockSum Sum) Assemble(Cut cut, int[] samples, IGradientEngine engine, int first, int slots, int node)
    {
        var sizes = cut.SlotSizes[first..(first + slots)];
        if (slots == 1 || (cut.Nodes >> (node - 1) & 1) == 0)
        {
            int start = cut.SlotSizes[..first].Sum();
            return Gradient(engine, Spec, Weights, cut.Epoch, samples[start..(start + sizes.Sum())], sizes);
        }

        var left = Assemble(cut, samples, engine, first, slots / 2, 2 * node);
        var right = Assemble(cut, samples, engine, first + slots / 2, slots / 2, 2 * node + 1);
        var gradient = (left.Sum.Samples, right.Sum.Samples) switch
        {
            (_, 0) => left.Gradient,
            (0, _) => right.Gradient,
            _ => [.. left.Gradient.Zip(right.Gradient, (a, b) => a + b)],
        };
        return (gradient, BlockSum.Add(left.Sum, right.Sum));
    }
}
