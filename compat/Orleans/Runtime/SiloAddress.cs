using System.Net;

namespace Orleans.Runtime;

/// <summary>A silo's endpoint, and which of its lives it is.</summary>
public sealed class SiloAddress : IEquatable<SiloAddress>, IComparable<SiloAddress>
{
    private static readonly DateTime Epoch = new(2010, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static int lastGeneration = (int)(DateTime.UtcNow - Epoch).TotalSeconds;

    private SiloAddress(IPEndPoint endpoint, int generation) => (Endpoint, Generation) = (endpoint, generation);

    /// <summary>Address and port.</summary>
    public IPEndPoint Endpoint { get; }

    /// <summary>Grows with every start of a silo.</summary>
    public int Generation { get; }

    /// <summary>A generation that no silo of this process has had.</summary>
    public static int AllocateNewGeneration() => Interlocked.Increment(ref lastGeneration);

    /// <summary>An address of these parts.</summary>
    /// <param name="ep">Address and port.</param>
    /// <param name="gen">The generation.</param>
    public static SiloAddress New(IPEndPoint ep, int gen) => new(ep, gen);

    /// <inheritdoc/>
    public bool Equals(SiloAddress? other) => other is not null && Generation == other.Generation && Endpoint.Equals(other.Endpoint);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SiloAddress);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Endpoint, Generation);

    /// <inheritdoc/>
    public int CompareTo(SiloAddress? other) => other is null ? 1
        : (Generation, Endpoint.Port).CompareTo((other.Generation, other.Endpoint.Port)) is var order and not 0 ? order
        : string.CompareOrdinal(Endpoint.ToString(), other.Endpoint.ToString());

    /// <inheritdoc/>
    public override string ToString() => $"S{Endpoint}:{Generation}";
}
