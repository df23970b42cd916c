using MnistDistributed.Model.Numerics;

namespace MnistDistributed.Model.Tests.Numerics;

public class PhiloxTests
{
    // The known-answer vectors "philox4x32 10" of Random123's kat_vectors.
    [Theory]
    [InlineData(0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8)]
    [InlineData(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd)]
    [InlineData(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1)]
    public void Gives_the_known_answers(uint x, uint y, uint z, uint w, uint key0, uint key1, uint a, uint b, uint c, uint d) =>
        Assert.Equal((a, b, c, d), Philox.Block(key0, key1, x, y, z, w));

    [Fact]
    public void Every_part_of_the_key_counts()
    {
        var keys = new HashSet<ulong>
        {
            Philox.Key64(1, Purpose.Deal, 0, 0),
            Philox.Key64(2, Purpose.Deal, 0, 0),
            Philox.Key64(1UL << 32 | 1, Purpose.Deal, 0, 0),
            Philox.Key64(1, Purpose.Order, 0, 0),
            Philox.Key64(1, Purpose.Deal, 1, 0),
            Philox.Key64(1, Purpose.Deal, 0, 1),
        };
        Assert.Equal(6, keys.Count);
    }

    [Fact]
    public void A_key_is_the_first_half_of_block_zero()
    {
        var (x, y, _, _) = Philox.Block(7, Purpose.Order, 3, 59999, 0);
        Assert.Equal((ulong)y << 32 | x, Philox.Key64(7, Purpose.Order, 3, 59999));
    }

    [Fact]
    public void Units_lie_in_the_half_open_interval_and_spread_evenly()
    {
        Assert.Equal(0f, Philox.Unit(0));
        Assert.True(Philox.Unit(uint.MaxValue) < 1f);

        var counts = new int[10];
        for (uint i = 0; i < 10_000; i++)
            counts[(int)(Philox.Unit(Philox.Block(1, Purpose.Dropout, 0, 0, i).X) * 10)]++;
        Assert.All(counts, count => Assert.InRange(count, 850, 1150));
    }

    [Fact]
    public void Integers_below_a_bound_reach_both_ends_and_no_further()
    {
        Assert.Equal(0, Philox.Below(5, 0));
        Assert.Equal(4, Philox.Below(5, uint.MaxValue));
    }
}
