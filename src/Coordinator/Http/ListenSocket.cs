using System.Net;
using System.Net.Sockets;

namespace MnistDistributed.Coordinator.Http;

/// <summary>
/// The socket that is listened on. It is open before the server starts, so that what is wrong with the address is known at once, and nobody
/// takes a port that was found free.
/// </summary>
public static class ListenSocket
{
    /// <summary>Opens it.</summary>
    /// <returns>The socket; null where no address was asked for and none of the ports is free.</returns>
    /// <exception cref="IOException">The address that was asked for cannot be listened on.</exception>
    public static Socket? Open(HttpOptions options)
    {
        if (options.Address is { } address)
        {
            return TryOpen(address, out var error)
                ?? throw new IOException($"--http {address} cannot be listened on ({error!.Message}): give another address.");
        }

        return Enumerable.Range(options.FirstPort, HttpOptions.Ports)
            .Select(port => TryOpen(new IPEndPoint(IPAddress.Loopback, port), out _))
            .FirstOrDefault(socket => socket is not null);
    }

    private static Socket? TryOpen(IPEndPoint address, out SocketException? error)
    {
        Socket? socket = null;
        try
        {
            // Where the system has no IPv6, this is what fails.
            socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (address.Address.Equals(IPAddress.IPv6Any))
                socket.DualMode = true;
            if (OperatingSystem.IsWindows())
                socket.ExclusiveAddressUse = true;
            socket.Bind(address);
            socket.Listen();
            error = null;
            return socket;
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            error = e;
            return null;
        }
    }
}
