using System.Reflection;

namespace MnistDistributed.Simulation.Network;

/// <summary>A reference to a grain: its calls go over the simulated network.</summary>
public class CallProxy : DispatchProxy
{
    private SimulatedNetwork _network = null!;
    private Endpoint _from = null!;
    private Type _grain = null!;
    private string _key = "";

    /// <summary>Makes a reference.</summary>
    internal static object Create(SimulatedNetwork network, Endpoint from, Type grain, string key)
    {
        var proxy = (CallProxy)Create(grain, typeof(CallProxy));
        (proxy._network, proxy._from, proxy._grain, proxy._key) = (network, from, grain, key);
        return proxy;
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        _network.Call(_from, _grain, _key, targetMethod!, args ?? []);
}
