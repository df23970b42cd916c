namespace MnistDistributed.Compat.Tests.Grains;

[GenerateSerializer]
public class Parent
{
    [Id(0)]
    public int Number { get; set; }
}
