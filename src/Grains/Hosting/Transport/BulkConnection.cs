using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace MnistDistributed.Grains.Hosting.Transport;

/// <summary>A connection that reads and writes messages in large pieces, as the socket has them, without a thread in between.</summary>
internal sealed class BulkConnection : ConnectionContext, IDuplexPipe
{
    // A message of weights is four of them.
    private const int PieceBytes = 256 * 1024;

    private static long _count;

    private readonly CancellationTokenSource _closed = new();
    private readonly NetworkStream _stream;
    private int _isAborted;

    /// <summary>Takes a connected socket over.</summary>
    public BulkConnection(Socket socket)
    {
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        ConnectionClosed = _closed.Token;
        _stream = new NetworkStream(socket, ownsSocket: true);
        Input = PipeReader.Create(_stream, new StreamPipeReaderOptions(
            bufferSize: PieceBytes, minimumReadSize: PieceBytes / 4, leaveOpen: true, useZeroByteReads: true));
        Output = PipeWriter.Create(_stream, new StreamPipeWriterOptions(minimumBufferSize: PieceBytes, leaveOpen: true));
        Transport = this;
    }

    /// <inheritdoc/>
    public PipeReader Input { get; }

    /// <inheritdoc/>
    public PipeWriter Output { get; }

    /// <inheritdoc/>
    public override IDuplexPipe Transport { get; set; }

    /// <inheritdoc/>
    public override string ConnectionId { get; set; } = $"{Interlocked.Increment(ref _count)}";

    /// <inheritdoc/>
    public override IFeatureCollection Features { get; } = new FeatureCollection();

    /// <inheritdoc/>
    public override IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();

    /// <inheritdoc/>
    public override void Abort(ConnectionAbortedException abortReason)
    {
        if (Interlocked.Exchange(ref _isAborted, 1) != 0)
            return;
        _stream.Dispose();
        // Whoever is told goes on to close it, which is not to be done in here.
        ThreadPool.UnsafeQueueUserWorkItem(closed => closed.Cancel(), _closed, preferLocal: false);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        Abort(new ConnectionAbortedException());
        await base.DisposeAsync();
    }
}
