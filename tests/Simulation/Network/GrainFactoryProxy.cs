using System.Reflection;

namespace MnistDistributed.Simulation.Network;

/// <summary>The way from one endpoint to the grains, of which only references by a name are made.</summary>
public class GrainFactoryProxy : DispatchProxy
{
    private SimulatedNetwork _network = null!;
    private Endpoint _from = null!;

    /// <summary>Makes the way.</summary>
    internal static IGrainFactory Create(SimulatedNetwork network, Endpoint from)
    {
        var factory = Create<IGrainFactory, GrainFactoryProxy>();
        var proxy = (GrainFactoryProxy)factory;
        (proxy._network, proxy._from) = (network, from);
        return factory;
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        targetMethod is { Name: nameof(IGrainFactory.GetGrain), IsGenericMethod: true } && args is [string key, ..]
            ? CallProxy.Create(_network, _from, targetMethod.GetGenericArguments()[0], key)
            : throw new NotSupportedException($"The simulation has no {targetMethod}.");
}
