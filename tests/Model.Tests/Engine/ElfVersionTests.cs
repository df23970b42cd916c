using MnistDistributed.Model.Engine.Torch;

namespace MnistDistributed.Model.Tests.Engine;

public class ElfVersionTests
{
    // Hash of "GLIBCXX_3.4.32", flags 0, index 18: what GNU ld 2.42 wrote.
    private static readonly byte[] Need = [0x42, 0xf8, 0x97, 0x02, 0, 0, 0x12, 0];

    [Fact]
    public void The_need_becomes_weak_and_nothing_else_changes()
    {
        byte[] library = [.. new byte[12], .. Need, .. new byte[12]];
        byte[] expected = [.. library];
        expected[16] = 2;

        Assert.True(ElfVersion.MakeOptional(library));
        Assert.Equal(expected, library);
    }

    [Fact]
    public void Where_it_is_not_clear_what_is_meant_nothing_changes()
    {
        byte[][] unclear = [[], new byte[20], [.. Need, .. Need], [0, .. Need], Need[..4]];
        foreach (byte[] library in unclear)
        {
            byte[] before = [.. library];
            Assert.False(ElfVersion.MakeOptional(library));
            Assert.Equal(before, library);
        }
    }
}
