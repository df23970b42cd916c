namespace MnistDistributed.Model.Engine.Simd;

/// <summary>
/// Floats that are computed side by side, so that a kernel is written once for all widths. What is done here is done in each lane for
/// itself, and sums run across lanes nowhere but in <see cref="Lanes.Fold4"/>: the width has no part in the bits.
/// </summary>
/// <typeparam name="T">The width: <see cref="Lanes8"/> or <see cref="Lanes16"/>.</typeparam>
public unsafe interface ILanes<T>
    where T : unmanaged, ILanes<T>
{
    /// <summary>Number of lanes; the network's widths are multiples of it.</summary>
    static abstract int Count { get; }

    /// <summary>As many neighbouring floats as there are lanes.</summary>
    static abstract T Load(float* source);

    /// <summary>Writes all lanes.</summary>
    void Store(float* target);

    /// <summary>The same number in each lane.</summary>
    static abstract T All(float value);

    /// <summary>The same bits in each lane.</summary>
    static abstract T All(int bits);

    /// <summary>The sum, rounded once.</summary>
    static abstract T operator +(T left, T right);

    /// <summary>The difference, rounded once.</summary>
    static abstract T operator -(T left, T right);

    /// <summary>The product, rounded once.</summary>
    static abstract T operator *(T left, T right);

    /// <summary>The bits that both have.</summary>
    static abstract T operator &(T left, T right);

    /// <summary>The bits that either has.</summary>
    static abstract T operator |(T left, T right);

    /// <summary><paramref name="factor"/> * <paramref name="value"/> + <paramref name="sum"/>, rounded once.</summary>
    static abstract T MultiplyAdd(T factor, T value, T sum);

    /// <summary>All bits where left is greater, none elsewhere and where either is NaN.</summary>
    static abstract T Greater(T left, T right);

    /// <summary>All bits where the value is zero or below, none elsewhere and where it is NaN.</summary>
    static abstract T AtMostZero(T value);

    /// <summary>All bits where the bits are those of a negative integer.</summary>
    static abstract T Negative(T integers);

    /// <summary>One where all bits of the mask are set, the other where none is.</summary>
    static abstract T Select(T mask, T one, T other);

    /// <summary>Each lane's own choice of four neighbouring floats.</summary>
    /// <param name="four">The first of four floats.</param>
    /// <param name="indexes">Integers, of which the last two bits count.</param>
    static abstract T Pick(float* four, T indexes);
}
