using System.Reflection;

namespace MnistDistributed.Simulation.Network;

/// <summary>Calls a method of a grain's interface on an object that has a method of the same name, and types its answer.</summary>
internal sealed class GrainMethod
{
    private static readonly MethodInfo BoxOf = typeof(GrainMethod).GetMethod(nameof(Box), BindingFlags.NonPublic | BindingFlags.Static)!;
    private static readonly MethodInfo UnboxOf =
        typeof(GrainMethod).GetMethod(nameof(Unbox), BindingFlags.NonPublic | BindingFlags.Static)!;

    private readonly MethodInfo _method;
    private readonly Func<Task, Task<object?>> _box;
    private readonly Func<Task<object?>, Task> _unbox;
    private readonly Dictionary<Type, MethodInfo> _targets = [];

    public GrainMethod(MethodInfo method)
    {
        _method = method;
        if (method.ReturnType == typeof(Task))
        {
            _box = BoxNothing;
            _unbox = answer => answer;
        }
        else
        {
            var result = method.ReturnType.GenericTypeArguments.Single();
            _box = BoxOf.MakeGenericMethod(result).CreateDelegate<Func<Task, Task<object?>>>();
            _unbox = UnboxOf.MakeGenericMethod(result).CreateDelegate<Func<Task<object?>, Task>>();
        }
    }

    /// <summary>The answer as the method's caller wants it.</summary>
    public Task Typed(Task<object?> answer) => _unbox(answer);

    /// <summary>Calls the method.</summary>
    public Task<object?> Call(object target, object?[] arguments)
    {
        if (!_targets.TryGetValue(target.GetType(), out var method))
        {
            method = target.GetType().GetMethod(_method.Name, [.. _method.GetParameters().Select(parameter => parameter.ParameterType)])
                ?? throw new MissingMethodException(target.GetType().Name, _method.Name);
            _targets.Add(target.GetType(), method);
        }

        return _box((Task)method.Invoke(target, BindingFlags.DoNotWrapExceptions, null, arguments, null)!);
    }

    private static async Task<object?> BoxNothing(Task task)
    {
        await task;
        return null;
    }

    private static async Task<object?> Box<T>(Task task) => await (Task<T>)task;

    private static async Task<T> Unbox<T>(Task<object?> task) => (T)(await task)!;
}
