using System.Reflection;

namespace Orleans.Runtime;

/// <summary>A reference to a grain: turns a call of the interface into a request.</summary>
internal class GrainProxy : DispatchProxy
{
    private Silo caller = null!;

    public GrainId Id { get; private set; }

    public static T Create<T>(Silo caller, string key)
    {
        var id = new GrainId(GrainClasses.Of(typeof(T)), key);
        var reference = Create<T, GrainProxy>();
        var proxy = (GrainProxy)(object)reference!;
        (proxy.caller, proxy.Id) = (caller, id);
        return reference;
    }

    public override bool Equals(object? obj) => obj is GrainProxy other && other.Id == Id;

    public override int GetHashCode() => Id.GetHashCode();

    public override string ToString() => $"GrainReference:{Id}";

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var method = GrainMethod.Of(targetMethod!);
        return method.Returned(caller.CallAsync(Id, method, args ?? []));
    }
}
