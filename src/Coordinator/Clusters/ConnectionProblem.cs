namespace MnistDistributed.Coordinator.Clusters;

/// <summary>Why the last connection to a silo came to nothing, as far as this side knows.</summary>
public sealed class ConnectionProblem
{
    private volatile string? _text;

    /// <summary>It, as a sentence without its end; null where there is nothing to say.</summary>
    public string? Text { get => _text; set => _text = value; }
}
