using System.Net;
using System.Net.Sockets;

namespace MnistDistributed.Silo.Tests.Processes;

/// <summary>Ports that nobody listens on.</summary>
internal static class Ports
{
    private static readonly HashSet<int> Given = [];

    /// <summary>A free port, never given before, below those that systems take for outgoing connections: nobody takes it before it is listened on.</summary>
    public static int Free()
    {
        while (true)
        {
            int port = Random.Shared.Next(10_000, 32_000);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port) { ExclusiveAddressUse = true };
                listener.Start();
                if (Given.Add(port))
                    return port;
            }
            catch (SocketException)
            {
                // Somebody listens on it.
            }
        }
    }
}
