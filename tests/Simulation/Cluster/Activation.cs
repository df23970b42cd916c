using MnistDistributed.Simulation.Network;

namespace MnistDistributed.Simulation.Cluster;

/// <summary>One life of one grain, in one silo.</summary>
/// <param name="silo">The silo.</param>
/// <param name="grain">The grain's interface.</param>
/// <param name="key">The grain's key.</param>
/// <param name="number">Counts the activations of a cluster.</param>
public sealed class Activation(SimulatedSilo silo, Type grain, string key, int number)
{
    /// <summary>The silo.</summary>
    public SimulatedSilo Silo { get; } = silo;

    /// <summary>The grain's interface.</summary>
    public Type Grain { get; } = grain;

    /// <summary>The grain's key.</summary>
    public string Key { get; } = key;

    /// <summary>Tells it from other lives of the same grain.</summary>
    public int Number { get; } = number;

    /// <summary>Whether it is lost: it neither gets calls nor answers them.</summary>
    public bool IsLost { get; internal set; }

    /// <summary>What answers its calls.</summary>
    public object Instance { get; internal set; } = null!;

    /// <summary>Sees each call that is carried out, and its result; null if nobody looks.</summary>
    internal Action<SimulatedCall, object?[], object?>? Seen { get; set; }

    /// <summary>Carries out a call.</summary>
    internal async Task<object?> Serve(GrainMethod method, SimulatedCall call, object?[] arguments)
    {
        var answer = method.Call(Instance, arguments);
        // What is answered at once is looked at before anything else can happen.
        object? result = answer.IsCompleted ? answer.GetAwaiter().GetResult() : await answer;
        Seen?.Invoke(call, arguments, result);
        return result;
    }
}
