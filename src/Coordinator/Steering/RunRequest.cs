namespace MnistDistributed.Coordinator.Steering;

/// <summary>What another process asks of a run in progress.</summary>
/// <param name="Kind">What is asked.</param>
/// <param name="Workers">
/// For <see cref="RunRequestKind.Scale"/> the number of workers, null for all that the cluster offers; else null.
/// </param>
/// <param name="From">Who asks: the process.</param>
public sealed record RunRequest(RunRequestKind Kind, int? Workers, string From)
{
    /// <summary>What the request's files are named after; it orders requests by time.</summary>
    public string Id { get; init; } = "";

    /// <summary>Why this cannot be asked; null if it can.</summary>
    public string? Problem() => Workers switch
    {
        not null when Kind != RunRequestKind.Scale => $"{Kind} takes no number of workers",
        < 1 => $"{Workers} workers",
        _ => null,
    };
}
