using System.Net;
using System.Net.Sockets;

namespace MnistDistributed.Testing;

/// <summary>Ports that nobody listens on.</summary>
public static class Ports
{
    // Below those that systems take for outgoing connections: nobody takes one before it is listened on. A process of tests has a range of
    // its own, or two of them could find the same port free.
    private const int First = 12_000;
    private const int RangeSize = 500;
    private const int Ranges = 20;

    private static readonly Lazy<(FileStream Lock, int First)> Range = new(TakeRange);
    private static int _given;

    /// <summary>A free port, never given before.</summary>
    public static int Free()
    {
        while (true)
        {
            int port = Range.Value.First + Interlocked.Increment(ref _given) % RangeSize;
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port) { ExclusiveAddressUse = true };
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody listens on it.
            }
        }
    }

    /// <summary>Takes the first range that no other process of tests has; it is free again when this process ends.</summary>
    private static (FileStream Lock, int First) TakeRange()
    {
        for (int range = 0; range < Ranges; range++)
        {
            try
            {
                string file = Path.Combine(Path.GetTempPath(), $"mnist-test-ports-{range}.lock");
                return (new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None), First + range * RangeSize);
            }
            catch (IOException)
            {
                // Another has it.
            }
        }

        throw new InvalidOperationException($"{Ranges} processes of tests have taken all ports.");
    }
}
