namespace Orleans.Runtime;

/// <summary>Makes references whose calls leave from this silo.</summary>
internal sealed class GrainFactory(Silo silo, IServiceProvider services) : IClusterClient
{
    public IServiceProvider ServiceProvider => services;

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(primaryKey);
        if (grainClassNamePrefix is not null)
            throw new NotSupportedException("The in-process runtime knows no grain class prefixes.");
        return GrainProxy.Create<TGrainInterface>(silo, primaryKey);
    }
}
