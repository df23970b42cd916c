using System.Net.Sockets;

namespace MnistDistributed.Grains.Liveness;

/// <summary>The probe that knocks by TCP.</summary>
/// <param name="time">The clock of its patience.</param>
public sealed class TcpProbe(TimeProvider time) : IPortProbe
{
    /// <inheritdoc/>
    public async Task<bool> IsRefused(SiloAddress silo, TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience, time);
        using var socket = new Socket(silo.Endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(silo.Endpoint, limit.Token);
            return false;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionRefused;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
