using System.Runtime.InteropServices;
using MnistDistributed.Model.Protocol.Verdicts;

namespace MnistDistributed.Model.Tests.Protocol.Verdicts;

public sealed class FiniteFloatsTests
{
    [Fact]
    public void A_number_that_is_not_finite_is_found_wherever_it_stands()
    {
        foreach (int count in new[] { 1, 7, 8, 15, 16, 17, 31, 32, 100 })
        {
            float[] floats = [.. Enumerable.Range(0, count).Select(i => i % 3 == 0 ? float.MaxValue : i % 3 == 1 ? -float.Epsilon : -0f)];
            Assert.True(FiniteFloats.All(MemoryMarshal.AsBytes(floats.AsSpan())));
            for (int i = 0; i < count; i++)
            {
                foreach (float bad in new[]
                    { float.NaN, float.PositiveInfinity, float.NegativeInfinity, BitConverter.UInt32BitsToSingle(0x7F80_0001) })
                {
                    float good = floats[i];
                    floats[i] = bad;
                    Assert.False(FiniteFloats.All(MemoryMarshal.AsBytes(floats.AsSpan())));
                    floats[i] = good;
                }
            }
        }

        Assert.True(FiniteFloats.All([]));
    }

    [Fact]
    public void Looking_at_a_gradient_allocates_nothing()
    {
        byte[] gradient = new byte[900_136];
        Assert.True(FiniteFloats.All(gradient));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.True(FiniteFloats.All(gradient));
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
