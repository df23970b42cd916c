using System.Net;

namespace MnistDistributed.Coordinator.Http;

/// <summary>Where and how long a coordinator answers over HTTP.</summary>
public sealed record HttpOptions
{
    /// <summary>Whether it does. Default true.</summary>
    public bool IsServed { get; init; } = true;

    /// <summary>The address that was asked for by name; null for the first free port from <see cref="FirstPort"/> on.</summary>
    public IPEndPoint? Address { get; init; }

    /// <summary>The first port that is tried where no address is asked for. Default 5080.</summary>
    public int FirstPort { get; init; } = DefaultPort;

    /// <summary>How long it goes on when the run is over. Default: not at all.</summary>
    public TimeSpan Linger { get; init; }

    /// <summary>The default of <see cref="FirstPort"/>.</summary>
    public const int DefaultPort = 5080;

    /// <summary>How many ports are tried where no address is asked for.</summary>
    public const int Ports = 20;
}
