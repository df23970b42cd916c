namespace Orleans.Configuration;

/// <summary>Settings of requests and replies.</summary>
public abstract class MessagingOptions
{
    /// <summary>How long a caller waits for a reply. Default: 30 s.</summary>
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The largest message between processes, in bytes; without effect within one. Default: 100 MiB.</summary>
    public int MaxMessageBodySize { get; set; } = 100 << 20;
}
