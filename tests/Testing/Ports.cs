using System.Net;
using System.Net.Sockets;

namespace MnistDistributed.Testing;

/// <summary>Ports that nobody listens on.</summary>
public static class Ports
{
    // Below those that systems take for outgoing connections: nobody takes one before it is listened on. A process of tests has a range of
    // its own, or two of them could find the same port free; whoever listens on a range's first port has it.
    private const int First = 12_000;
    private const int RangeSize = 500;
    private const int Ranges = 20;

    private static readonly Lazy<TcpListener> Range = new(TakeRange);
    private static int _given;

    /// <summary>A free port, never given before.</summary>
    public static int Free()
    {
        while (true)
        {
            int first = ((IPEndPoint)Range.Value.LocalEndpoint).Port;
            int port = first + 1 + Interlocked.Increment(ref _given) % (RangeSize - 1);
            using var listener = Listen(port);
            if (listener is not null)
                return port;
        }
    }

    /// <summary>Takes the first range that no other process of tests has; it is free again when this process ends.</summary>
    private static TcpListener TakeRange() =>
        Enumerable.Range(0, Ranges).Select(range => Listen(First + range * RangeSize)).FirstOrDefault(listener => listener is not null)
        ?? throw new InvalidOperationException($"{Ranges} processes of tests have taken all ports.");

    /// <summary>Listens on a port; null where somebody else does.</summary>
    private static TcpListener? Listen(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port) { ExclusiveAddressUse = true };
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException)
        {
            listener.Dispose();
            return null;
        }
    }
}
