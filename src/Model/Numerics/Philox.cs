namespace MnistDistributed.Model.Numerics;

/// <summary>
/// Random numbers that are a function of what they are for, and of nothing else: Philox 4x32-10
/// (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC'11). The seed is the key;
/// purpose, epoch, sample and element are the counter, so that any worker draws the same number in any order.
/// </summary>
public static class Philox
{
    private const uint Multiplier0 = 0xD2511F53;
    private const uint Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9;
    private const uint Weyl1 = 0xBB67AE85;
    private const int Rounds = 10;

    /// <summary>128 random bits for one element, or for four neighbouring ones.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="purpose">What the numbers are for.</param>
    /// <param name="epoch">The epoch, 0 where there is none.</param>
    /// <param name="sample">Index of the sample in the source file, 0 where there is none.</param>
    /// <param name="counter">Index of the block within all that.</param>
    public static (uint X, uint Y, uint Z, uint W) Block(ulong seed, Purpose purpose, int epoch, int sample, uint counter) =>
        Block((uint)seed, (uint)(seed >> 32), counter, (uint)sample, (uint)epoch, (uint)purpose);

    /// <summary>The bare function: ten rounds over a 128-bit counter under a 64-bit key.</summary>
    public static (uint X, uint Y, uint Z, uint W) Block(uint key0, uint key1, uint x, uint y, uint z, uint w)
    {
        for (int round = 0; round < Rounds; round++)
        {
            ulong product0 = (ulong)Multiplier0 * x;
            ulong product1 = (ulong)Multiplier1 * z;
            (x, y, z, w) = ((uint)(product1 >> 32) ^ y ^ key0, (uint)product1, (uint)(product0 >> 32) ^ w ^ key1, (uint)product0);
            key0 += Weyl0;
            key1 += Weyl1;
        }

        return (x, y, z, w);
    }

    /// <summary>The first 64 random bits of a sample: a key to sort by, where a shuffle is wanted.</summary>
    public static ulong Key64(ulong seed, Purpose purpose, int epoch, int sample)
    {
        var (x, y, _, _) = Block(seed, purpose, epoch, sample, 0);
        return (ulong)y << 32 | x;
    }

    /// <summary>Random words for many elements of one sample: element i is word i modulo 4 of block i / 4.</summary>
    public static void Fill(ulong seed, Purpose purpose, int epoch, int sample, Span<uint> words)
    {
        int i = 0;
        for (; i <= words.Length - 4; i += 4)
            (words[i], words[i + 1], words[i + 2], words[i + 3]) = Block(seed, purpose, epoch, sample, (uint)i / 4);
        if (i == words.Length)
            return;
        var (x, y, z, _) = Block(seed, purpose, epoch, sample, (uint)i / 4);
        ReadOnlySpan<uint> last = [x, y, z];
        last[..(words.Length - i)].CopyTo(words[i..]);
    }

    /// <summary>A float in [0, 1), a multiple of 2^-24, from the high bits of a random word.</summary>
    public static float Unit(uint bits) => (bits >> 8) * (1f / (1 << 24));

    /// <summary>An integer in [0, <paramref name="count"/>) from a random word; the bias is below count / 2^32.</summary>
    public static int Below(int count, uint bits) => (int)((ulong)bits * (uint)count >> 32);
}
