using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace MnistDistributed.Grains.Hosting.Transport;

/// <summary>Accepts connections at a port.</summary>
/// <param name="listening">The socket that listens there.</param>
/// <param name="setUp">Sets an accepted socket up.</param>
internal sealed class BulkConnectionListener(Socket listening, Action<Socket> setUp) : IConnectionListener
{
    /// <inheritdoc/>
    public EndPoint EndPoint { get; } = listening.LocalEndPoint!;

    /// <inheritdoc/>
    /// <returns>Null when it listens no more.</returns>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            Socket? accepted = null;
            try
            {
                accepted = await listening.AcceptAsync(cancellationToken);
                setUp(accepted);
                return new BulkConnection(accepted);
            }
            catch (Exception e) when (e is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                accepted?.Dispose();
                return null;
            }
            catch (SocketException)
            {
                // Whoever connected is gone before he was let in.
                accepted?.Dispose();
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        listening.Dispose();
        return default;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        listening.Dispose();
        return default;
    }
}
