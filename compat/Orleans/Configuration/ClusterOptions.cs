namespace Orleans.Configuration;

/// <summary>Which cluster a silo belongs to.</summary>
public class ClusterOptions
{
    /// <summary>The cluster's name.</summary>
    public string ClusterId { get; set; } = "default";

    /// <summary>The service's name.</summary>
    public string ServiceId { get; set; } = "default";
}
