namespace Orleans;

/// <summary>The cluster, as seen from outside any grain.</summary>
public interface IClusterClient : IGrainFactory
{
    /// <summary>The host's services.</summary>
    IServiceProvider ServiceProvider { get; }
}
