using System.Runtime.InteropServices;
using FsCheck.Xunit;
using MnistDistributed.Model.Engine.Simd;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Protocol.Rounds;

namespace MnistDistributed.Model.Tests.Protocol.Rounds;

public sealed class GradientTreeTests
{
    private const int Slots = 8;
    private const int LastStep = 4;
    private static readonly FakeGradients Fake = new(FakeGradients.Spec(Slots));
    private static readonly int Parameters = FakeGradients.Spec().Network.ParameterCount();

    [Property(MaxTest = 200)]
    public void Any_order_of_any_nodes_with_duplicates_ends_with_the_bits_of_the_whole_tree(byte[] nodes, bool last)
    {
        int step = last ? LastStep : 0;
        var tree = new GradientTree(Slots, Parameters);
        foreach (byte node in nodes)
            tree.Add(Fake.Push(step, Node(node)), "a");
        for (int slot = 0; slot < Slots; slot++)
            tree.Add(Fake.Push(step, new Block(slot, 1)), "b");

        var (gradient, sum) = Fake.Sum(step, new Block(0, Slots));
        Assert.True(tree.IsComplete);
        Assert.Equal(sum, tree.Sum);
        var (half, otherHalf) = tree.Gradient;
        float[] total = Floats(half);
        if (!otherHalf.IsEmpty)
            Lanes.Add(total, Floats(otherHalf));
        Assert.True(gradient.AsSpan().SequenceEqual(total));
    }

    [Fact]
    public void A_duplicate_with_other_bits_names_the_worker_that_was_first()
    {
        var tree = new GradientTree(Slots, Parameters);
        tree.Add(Fake.Push(0, new Block(0, 2)), "first");
        Assert.Null(tree.ConflictOf(Fake.Push(0, new Block(0, 2))));
        Assert.Equal("first", tree.ConflictOf(Fake.Push(1, new Block(0, 2)) with { Block = new Block(0, 2) }));
    }

    [Fact]
    public void A_duplicate_of_what_was_added_up_from_two_workers_is_compared_too()
    {
        var tree = new GradientTree(Slots, Parameters);
        tree.Add(Fake.Push(0, new Block(0, 1)), "left");
        tree.Add(Fake.Push(0, new Block(1, 1)), "right");
        Assert.Null(tree.ConflictOf(Fake.Push(0, new Block(0, 2))));
        Assert.Equal("left, right", tree.ConflictOf(Fake.Push(1, new Block(0, 2))));
    }

    [Fact]
    public void A_cleared_tree_holds_nothing()
    {
        var tree = new GradientTree(Slots, Parameters);
        tree.Add(Fake.Push(0, new Block(0, Slots)), "a");
        tree.Clear();
        Assert.False(tree.IsComplete);
        Assert.Null(tree.ConflictOf(Fake.Push(1, new Block(0, Slots))));
    }

    private static float[] Floats(ReadOnlyMemory<byte> bytes) => MemoryMarshal.Cast<byte, float>(bytes.Span).ToArray();

    private static Block Node(byte node)
    {
        int index = node % (2 * Slots - 1) + 1;
        int depth = (int)Math.Log2(index);
        int count = Slots >> depth;
        return new Block((index - (1 << depth)) * count, count);
    }
}
