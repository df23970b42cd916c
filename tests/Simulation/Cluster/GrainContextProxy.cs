using System.Reflection;

namespace MnistDistributed.Simulation.Cluster;

/// <summary>A simulated grain's place in the cluster: it has a key, and can be given up.</summary>
public class GrainContextProxy : DispatchProxy
{
    private GrainAddress _address = new();
    private Action _deactivate = () => { };

    /// <summary>Makes the place of a grain.</summary>
    /// <param name="key">The grain's key.</param>
    /// <param name="silo">Its silo.</param>
    /// <param name="deactivate">Called when the grain is of no more use where it is.</param>
    public static IGrainContext Create(string key, SiloAddress silo, Action deactivate)
    {
        var context = Create<IGrainContext, GrainContextProxy>();
        var proxy = (GrainContextProxy)context;
        proxy._address = new GrainAddress { GrainId = GrainId.Create("simulated", key), SiloAddress = silo };
        proxy._deactivate = deactivate;
        return context;
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        switch (targetMethod?.Name)
        {
            case $"get_{nameof(IGrainContext.GrainId)}":
                return _address.GrainId;
            case $"get_{nameof(IGrainContext.Address)}":
                return _address;
            case nameof(IGrainContext.Deactivate):
                _deactivate();
                return null;
            default:
                throw new NotSupportedException($"The simulation has no {targetMethod}.");
        }
    }
}
