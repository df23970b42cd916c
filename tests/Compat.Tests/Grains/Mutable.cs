namespace MnistDistributed.Compat.Tests.Grains;

[GenerateSerializer]
public sealed class Mutable
{
    [Id(0)]
    public int Number { get; set; }

    [Id(1)]
    public byte[] Bytes { get; set; } = [];

    [Id(2)]
    public Dictionary<string, List<byte>> Table { get; set; } = [];

    [Id(3)]
    public Mutable? Other { get; set; }

    [Id(4)]
    public (int, DayOfWeek)? Pair { get; set; }
}
