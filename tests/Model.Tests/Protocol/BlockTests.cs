using FsCheck.Xunit;
using MnistDistributed.Model.Protocol;

namespace MnistDistributed.Model.Tests.Protocol;

public sealed class BlockTests
{
    [Property]
    public bool A_cover_is_the_range_in_nodes_of_the_tree_and_as_few_as_possible(byte first, byte length)
    {
        var (from, end) = (first % 64, Math.Min(64, first % 64 + length % 65));
        var cover = Block.Cover(from, end);
        return cover.SelectMany(block => Enumerable.Range(block.First, block.Count)).SequenceEqual(Enumerable.Range(from, end - from))
            && cover.All(block => block.IsNodeOf(64))
            && !cover.Any(block => block.Count < 64 && cover.Contains(block.Sibling));
    }

    [Fact]
    public void Parents_siblings_and_nesting_are_those_of_the_balanced_tree()
    {
        Assert.Equal(new Block(4, 4), new Block(6, 2).Parent);
        Assert.Equal(new Block(4, 2), new Block(6, 2).Sibling);
        Assert.True(new Block(4, 4).Contains(new Block(7, 1)));
        Assert.False(new Block(4, 2).Contains(new Block(4, 4)));
        Assert.True(new Block(4, 4).IsLeft == false && new Block(0, 4).IsLeft);
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(2, 4)]
    [InlineData(-4, 4)]
    [InlineData(8, 1)]
    [InlineData(0, 16)]
    [InlineData(0, 0)]
    [InlineData(int.MaxValue, 1)]
    public void What_is_no_node_of_the_tree_is_known(int first, int count) => Assert.False(new Block(first, count).IsNodeOf(8));
}
