namespace Orleans;

/// <summary>Makes references to grains; a grain need not be active to be referred to.</summary>
public interface IGrainFactory
{
    /// <summary>A reference to the grain of this name.</summary>
    /// <param name="primaryKey">The grain's name.</param>
    /// <param name="grainClassNamePrefix">Not supported here: leave it null.</param>
    /// <exception cref="ArgumentException">No class, or more than one, implements the interface.</exception>
    TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey;
}
