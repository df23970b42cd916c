namespace MnistDistributed.Grains.Hosting;

/// <summary>The silos that a coordinator trains on.</summary>
public interface ITrainingCluster : IAsyncDisposable
{
    /// <summary>The way to the grains.</summary>
    IGrainFactory Grains { get; }
}
