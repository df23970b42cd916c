using System.Net;
using System.Net.Sockets;

namespace MnistDistributed.Coordinator.Clusters;

/// <summary>Finds ports of the loopback address that nobody listens on, and gives none of them twice.</summary>
public sealed class FreePorts
{
    private readonly HashSet<int> _given = [];

    /// <summary>The first free port from a number on.</summary>
    /// <exception cref="ClusterException">There is none.</exception>
    public int Next(int first)
    {
        for (int port = first; port <= IPEndPoint.MaxPort; port++)
        {
            if (!_given.Contains(port) && IsFree(port))
            {
                _given.Add(port);
                return port;
            }
        }

        throw new ClusterException($"No port from {first} to {IPEndPoint.MaxPort} is free on {IPAddress.Loopback}.");
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
