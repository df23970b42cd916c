namespace MnistDistributed.Grains.Hosting.Output;

/// <summary>A stream that loses what cannot be written, rather than fail. It goes on trying: a full disk can get room again.</summary>
/// <param name="descriptor">Where to write.</param>
internal sealed class LossyStream(Descriptor descriptor) : Stream
{
    private OutputLoss? _loss;

    /// <summary>Why something was lost first; null where all was written.</summary>
    public OutputLoss? Loss => Volatile.Read(ref _loss);

    /// <summary>Told of the first loss.</summary>
    public Action<OutputLoss>? Lost { get; set; }

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (descriptor.Write(buffer) is { } loss && Interlocked.CompareExchange(ref _loss, loss, null) is null)
            Lost?.Invoke(loss);
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();
}
