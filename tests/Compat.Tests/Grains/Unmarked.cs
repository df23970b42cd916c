namespace MnistDistributed.Compat.Tests.Grains;

public sealed class Unmarked
{
    public int Number { get; set; }
}
