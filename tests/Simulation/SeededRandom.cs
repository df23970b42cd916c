using MnistDistributed.Model.Numerics;

namespace MnistDistributed.Simulation;

/// <summary>Random numbers that are the same for one seed in every version of .NET.</summary>
/// <param name="seed">The seed.</param>
/// <param name="stream">What they are for: streams of one seed have nothing to do with each other.</param>
public sealed class SeededRandom(ulong seed, uint stream)
{
    private uint _drawn;

    /// <summary>A number from 0 to below <paramref name="count"/>.</summary>
    public int Below(int count) => Philox.Below(count, Draw());

    /// <summary>A number from <paramref name="least"/> to <paramref name="most"/>.</summary>
    public int Between(int least, int most) => least + Below(most - least + 1);

    /// <summary>A time from <paramref name="least"/> to <paramref name="most"/>, in whole microseconds.</summary>
    public TimeSpan Between(TimeSpan least, TimeSpan most) =>
        least + TimeSpan.FromMicroseconds(Below((int)Math.Min(int.MaxValue, (most - least).TotalMicroseconds) + 1));

    /// <summary>One of several.</summary>
    public T OneOf<T>(IReadOnlyList<T> choices) => choices[Below(choices.Count)];

    private uint Draw() => Philox.Block((uint)seed, (uint)(seed >> 32), _drawn++, stream, 0, 0).X;
}
