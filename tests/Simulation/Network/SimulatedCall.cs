using System.Reflection;
using MnistDistributed.Simulation.Cluster;

namespace MnistDistributed.Simulation.Network;

/// <summary>One call of a grain, until it is answered, given up or forgotten.</summary>
/// <param name="from">Who calls.</param>
/// <param name="grain">The grain's interface.</param>
/// <param name="key">The grain's key.</param>
/// <param name="method">What is called.</param>
/// <param name="arguments">With what.</param>
public sealed class SimulatedCall(Endpoint from, Type grain, string key, MethodInfo method, object?[] arguments)
{
    private readonly TaskCompletionSource<object?> _answer = new();

    /// <summary>Who calls.</summary>
    public Endpoint From { get; } = from;

    /// <summary>The grain's interface.</summary>
    public Type Grain { get; } = grain;

    /// <summary>The grain's key.</summary>
    public string Key { get; } = key;

    /// <summary>What is called.</summary>
    public MethodInfo Method { get; } = method;

    /// <summary>With what.</summary>
    public object?[] Arguments { get; } = arguments;

    /// <summary>When the caller gives up; a call that comes later is not carried out any more.</summary>
    public TimeSpan Deadline { get; internal set; }

    /// <summary>The silo that a coordinator's call goes through, and its answer; null for a silo's own.</summary>
    public SimulatedSilo? Gateway { get; internal set; }

    /// <summary>Whether the caller no longer waits.</summary>
    public bool IsOver => _answer.Task.IsCompleted;

    /// <summary>The answer as the caller gets it.</summary>
    internal Task<object?> Answer => _answer.Task;

    /// <summary>The caller is answered; what comes later is too late.</summary>
    internal void Complete(object? result) => _answer.TrySetResult(result);

    /// <summary>The caller learns that the call failed.</summary>
    internal void Fail(Exception problem) => _answer.TrySetException(problem);
}
