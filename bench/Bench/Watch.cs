namespace MnistDistributed.Bench;

/// <summary>How a run is watched.</summary>
public enum Watch
{
    /// <summary>Nothing answers over HTTP, and nothing is pushed.</summary>
    Unwatched,

    /// <summary>Its metrics are scraped every second.</summary>
    Scraped,

    /// <summary>They are scraped every second, and metrics, traces and logs are pushed over OTLP.</summary>
    Pushing,
}
