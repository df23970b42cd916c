using System.Reflection;

namespace MnistDistributed.Simulation.Cluster;

/// <summary>Who a simulated silo is; only its name is ever asked for.</summary>
public class SiloDetailsProxy : DispatchProxy
{
    private string _name = "";

    /// <summary>Makes the details of a silo.</summary>
    internal static ILocalSiloDetails Create(string name)
    {
        var details = Create<ILocalSiloDetails, SiloDetailsProxy>();
        ((SiloDetailsProxy)details)._name = name;
        return details;
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        targetMethod?.Name == $"get_{nameof(ILocalSiloDetails.Name)}" ? _name
            : throw new NotSupportedException($"The simulation has no {targetMethod}.");
}
