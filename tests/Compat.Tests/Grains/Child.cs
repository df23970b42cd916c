namespace MnistDistributed.Compat.Tests.Grains;

[GenerateSerializer]
public sealed class Child : Parent
{
    [Id(0)]
    public string Name { get; set; } = "";
}
