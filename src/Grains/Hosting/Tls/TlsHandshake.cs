namespace MnistDistributed.Grains.Hosting.Tls;

/// <summary>How far the handshake of a connection has come.</summary>
internal sealed class TlsHandshake
{
    /// <summary>How long it may take. A connection that says nothing is closed then.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>Whether both have let each other in, as far as this side knows.</summary>
    public bool IsDone { get; set; }

    /// <summary>Why the other's certificate was refused; null if it was not.</summary>
    public string? Problem { get; set; }
}
