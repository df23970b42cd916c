namespace MnistDistributed.Model.Network;

/// <summary>A named view of the one weight array.</summary>
/// <param name="Name">PyTorch's name, such as <c>conv1.weight</c>.</param>
/// <param name="Shape">PyTorch's shape, such as <c>[32, 1, 3, 3]</c>.</param>
/// <param name="Offset">Index of its first element.</param>
public sealed record Parameter(string Name, IReadOnlyList<int> Shape, int Offset)
{
    /// <summary>Number of elements.</summary>
    public int Length => Shape.Aggregate(1, (product, size) => product * size);

    /// <summary>This parameter's part of a weight or gradient array.</summary>
    public Span<float> In(Span<float> array) => array.Slice(Offset, Length);

    /// <inheritdoc cref="In(Span{float})"/>
    public ReadOnlySpan<float> In(ReadOnlySpan<float> array) => array.Slice(Offset, Length);
}
