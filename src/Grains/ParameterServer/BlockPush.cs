namespace MnistDistributed.Grains.ParameterServer;

/// <summary>One block of a push.</summary>
[GenerateSerializer, Immutable]
public sealed record BlockPush
{
    /// <summary>First slot.</summary>
    [Id(0)] public required int First { get; init; }

    /// <summary>Number of slots.</summary>
    [Id(1)] public required int Count { get; init; }

    /// <summary>The summed gradient as little-endian floats.</summary>
    [Id(2)] public required byte[] Gradient { get; init; }

    /// <summary>Sum of the losses.</summary>
    [Id(3)] public required double Loss { get; init; }

    /// <summary>Samples classified rightly.</summary>
    [Id(4)] public required int Hits { get; init; }

    /// <summary>Number of samples.</summary>
    [Id(5)] public required int Samples { get; init; }

    /// <summary>XXH3 over gradient and sums.</summary>
    [Id(6)] public required ulong Digest { get; init; }
}
