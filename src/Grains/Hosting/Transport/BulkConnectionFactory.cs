using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Orleans.Networking.Shared;

namespace MnistDistributed.Grains.Hosting.Transport;

/// <summary>Connects to a silo's port, and listens at one.</summary>
/// <param name="options">How sockets are set up.</param>
public sealed class BulkConnectionFactory(IOptions<SocketConnectionOptions> options) : IConnectionFactory, IConnectionListenerFactory
{
    /// <inheritdoc/>
    public async ValueTask<ConnectionContext> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            SetUp(socket);
            await socket.ConnectAsync(endpoint, cancellationToken);
            return new BulkConnection(socket);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new SocketConnectionException($"Unable to connect to {endpoint}. Error: {e.SocketErrorCode}", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // All its own addresses, of both families.
            if (endpoint is IPEndPoint { Address: var address } && address.Equals(IPAddress.IPv6Any))
                socket.DualMode = true;
            socket.Bind(endpoint);
            socket.Listen();
            return ValueTask.FromResult<IConnectionListener>(new BulkConnectionListener(socket, SetUp));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            socket.Dispose();
            throw new AddressInUseException(e.Message, e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private void SetUp(Socket socket)
    {
        // What is not sent when a connection ends is asked for again over another.
        socket.LingerState = new LingerOption(true, 0);
        socket.NoDelay = options.Value.NoDelay;
        if (!options.Value.KeepAlive)
            return;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, options.Value.KeepAliveTimeSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, options.Value.KeepAliveIntervalSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, options.Value.KeepAliveRetryCount);
    }
}
