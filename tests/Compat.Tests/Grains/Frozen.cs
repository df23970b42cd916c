namespace MnistDistributed.Compat.Tests.Grains;

[GenerateSerializer, Immutable, Alias("compat-tests.frozen")]
public sealed class Frozen
{
    [Id(0)]
    public byte[] Bytes { get; init; } = [];
}
