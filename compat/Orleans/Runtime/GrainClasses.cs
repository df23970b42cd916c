using System.Collections.Concurrent;

namespace Orleans.Runtime;

/// <summary>Finds the class behind a grain interface.</summary>
internal static class GrainClasses
{
    private static readonly ConcurrentDictionary<Type, Type> Found = new();

    public static Type Of(Type grainInterface) => Found.GetOrAdd(grainInterface, Find);

    private static Type Find(Type grainInterface)
    {
        var runtime = typeof(Grain).Assembly.GetName().Name;
        var classes = AppDomain.CurrentDomain.GetAssemblies()
            .Where(assembly => !assembly.IsDynamic && assembly.GetReferencedAssemblies().Any(name => name.Name == runtime))
            .SelectMany(assembly => assembly.GetTypes())
            .Where(type => type is { IsClass: true, IsAbstract: false }
                && type.IsAssignableTo(typeof(Grain)) && type.IsAssignableTo(grainInterface))
            .ToArray();
        return classes.Length == 1 ? classes[0] : throw new ArgumentException(classes.Length == 0
            ? $"Could not find an implementation for interface {grainInterface}"
            : $"Unable to identify a single appropriate grain type for interface {grainInterface}: {string.Join(", ", classes.Select(type => type.Name))}");
    }
}
