using System.Net;
using System.Net.Sockets;

namespace MnistDistributed.Grains.Hosting;

/// <summary>Ports of the loopback address that nobody listens on; none of them is given twice.</summary>
public sealed class FreePorts
{
    private readonly HashSet<int> _given = [];

    /// <summary>The first free port from a number on.</summary>
    /// <exception cref="IOException">There is none.</exception>
    public int Next(int first)
    {
        for (int port = first; port <= IPEndPoint.MaxPort; port++)
        {
            if (!_given.Contains(port) && Listen(port) is not null)
            {
                _given.Add(port);
                return port;
            }
        }

        throw new IOException($"No port from {first} to {IPEndPoint.MaxPort} is free on {IPAddress.Loopback}.");
    }

    /// <summary>Any free port, of the system's choice.</summary>
    public int Any()
    {
        while (true)
        {
            if (Listen(0) is { } port && _given.Add(port))
                return port;
        }
    }

    private static int? Listen(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return ((IPEndPoint)listener.LocalEndpoint).Port;
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
