using System.Collections.Concurrent;
using System.Reflection;
using Orleans.Concurrency;

namespace Orleans.Runtime;

/// <summary>How a method of a grain interface is called, and how its result crosses from and to the method's own return type.</summary>
internal sealed class GrainMethod
{
    private static readonly ConcurrentDictionary<MethodInfo, GrainMethod> Known = new();

    private readonly MethodInfo method;
    private readonly Func<object, Task<object?>> fromGrain;
    private readonly Func<Task<object?>, object> toCaller;

    private GrainMethod(MethodInfo method)
    {
        this.method = method;
        AlwaysInterleave = method.IsDefined(typeof(AlwaysInterleaveAttribute));
        ImmutableArguments = [.. method.GetParameters().Select(parameter => parameter.IsDefined(typeof(ImmutableAttribute)))];
        (fromGrain, toCaller) = Conversions(method.ReturnType);
    }

    public bool AlwaysInterleave { get; }

    public bool[] ImmutableArguments { get; }

    public static GrainMethod Of(MethodInfo method) => Known.GetOrAdd(method, static method => new(method));

    public Task<object?> Invoke(object grain, object?[] arguments) =>
        fromGrain(method.Invoke(grain, BindingFlags.DoNotWrapExceptions, null, arguments, null)
            ?? throw new InvalidOperationException($"{this} returned null in place of a task."));

    public object Returned(Task<object?> reply) => toCaller(reply);

    public override string ToString() => $"{method.DeclaringType!.Name}.{method.Name}";

    private static (Func<object, Task<object?>>, Func<Task<object?>, object>) Conversions(Type returnType)
    {
        if (returnType == typeof(Task))
            return (async task => { await (Task)task; return null; }, reply => reply);
        if (returnType == typeof(ValueTask))
            return (async task => { await (ValueTask)task; return null; }, reply => new ValueTask(reply));
        var generic = returnType.IsGenericType ? returnType.GetGenericTypeDefinition() : null;
        if (generic != typeof(Task<>) && generic != typeof(ValueTask<>))
            throw new NotSupportedException($"A grain method returns Task, Task<T>, ValueTask or ValueTask<T>, not {returnType}.");
        var suffix = generic == typeof(Task<>) ? "Task" : "ValueTask";
        return (Conversion<Func<object, Task<object?>>>("From" + suffix), Conversion<Func<Task<object?>, object>>("To" + suffix));

        T Conversion<T>(string name) where T : Delegate =>
            typeof(GrainMethod).GetMethod(name, BindingFlags.Static | BindingFlags.NonPublic)!
                .MakeGenericMethod(returnType.GetGenericArguments()).CreateDelegate<T>();
    }

    private static async Task<object?> FromTask<T>(object task) => await (Task<T>)task;

    private static async Task<object?> FromValueTask<T>(object task) => await (ValueTask<T>)task;

    private static async Task<T> ToTask<T>(Task<object?> reply) => (T)(await reply.ConfigureAwait(false))!;

    private static object ToValueTask<T>(Task<object?> reply) => new ValueTask<T>(ToTask<T>(reply));
}
