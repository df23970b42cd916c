using System.Reflection;

namespace MnistDistributed.Coordinator.Tests.Training;

/// <summary>A way to the grains on which chosen calls go wrong.</summary>
public class MeddledGrains : DispatchProxy
{
    private object _inner = null!;
    private Func<string, object?[], Func<object?>, object?> _meddle = null!;

    /// <summary>Puts itself between a coordinator and its cluster.</summary>
    /// <param name="grains">The cluster.</param>
    /// <param name="meddle">Given a method's name, its arguments and the call; answers in its place.</param>
    public static IGrainFactory Over(IGrainFactory grains, Func<string, object?[], Func<object?>, object?> meddle) =>
        (IGrainFactory)Wrap(typeof(IGrainFactory), grains, meddle);

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        object? Call() => targetMethod!.Invoke(_inner, args);
        return _inner is IGrainFactory ? Wrap(targetMethod!.ReturnType, Call()!, _meddle) : _meddle(targetMethod!.Name, args!, Call);
    }

    private static object Wrap(Type type, object inner, Func<string, object?[], Func<object?>, object?> meddle)
    {
        object proxy = Create(type, typeof(MeddledGrains));
        (((MeddledGrains)proxy)._inner, ((MeddledGrains)proxy)._meddle) = (inner, meddle);
        return proxy;
    }
}
