using Orleans.Runtime;

namespace Orleans;

/// <summary>What can be asked of grains and of references to them.</summary>
public static class GrainExtensions
{
    /// <summary>The grain's name.</summary>
    /// <param name="grain">A grain, or a reference to one.</param>
    public static string GetPrimaryKeyString(this IAddressable grain) => grain switch
    {
        Grain self => self.Activation.Id.Key,
        GrainProxy proxy => proxy.Id.Key,
        _ => throw new ArgumentException($"{grain?.GetType()} is neither a grain nor a reference to one.", nameof(grain)),
    };
}
