namespace MnistDistributed.Compat.Tests.Grains;

[GenerateSerializer]
public sealed record Positional(string Name, int[] Numbers)
{
    [Id(0)]
    public double Weight { get; init; }
}
