namespace Orleans.Runtime;

/// <summary>Keeps a caller's ambient values (<see cref="AsyncLocal{T}"/>) out of what it starts: they would not cross a network.</summary>
internal readonly struct FlowControl : IDisposable
{
    private readonly bool suppressed;

    private FlowControl(bool suppressed) => this.suppressed = suppressed;

    public static FlowControl Suppress()
    {
        if (ExecutionContext.IsFlowSuppressed())
            return default;
        ExecutionContext.SuppressFlow();
        return new(true);
    }

    public void Dispose()
    {
        if (suppressed)
            ExecutionContext.RestoreFlow();
    }
}
