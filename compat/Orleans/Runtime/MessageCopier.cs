using System.Collections;
using System.Collections.Concurrent;
using System.Net;
using System.Reflection;
using System.Runtime.CompilerServices;
using Orleans.Serialization;

namespace Orleans.Runtime;

/// <summary>
/// Copies one message, so that sender and receiver share nothing that either could change. Between silos everything is copied;
/// within one, what is marked as immutable is shared. What is not marked for sending is refused.
/// </summary>
internal sealed class MessageCopier(bool remote)
{
    private static readonly ConcurrentDictionary<Type, Kind> Kinds = new();
    private static readonly ConcurrentDictionary<Type, FieldInfo[]> Members = new();

    private static readonly HashSet<Type> Values =
    [
        typeof(string), typeof(decimal), typeof(Guid), typeof(DateTime), typeof(DateTimeOffset), typeof(TimeSpan), typeof(DateOnly),
        typeof(TimeOnly), typeof(Half), typeof(Int128), typeof(UInt128), typeof(Uri), typeof(Version), typeof(IPAddress),
        typeof(IPEndPoint), typeof(SiloAddress), typeof(CancellationToken),
    ];

    private Dictionary<object, object>? copies;

    private enum Kind
    {
        Value,
        Array,
        List,
        Dictionary,
        Marked,
        MarkedImmutable,
        Tuple,
        Unmarked,
    }

    public object? Copy(object? value)
    {
        if (value is null)
            return null;
        var type = value.GetType();
        var kind = Kinds.GetOrAdd(type, KindOf);
        if (kind == Kind.Value || (kind == Kind.MarkedImmutable && !remote))
            return value;
        return copies?.GetValueOrDefault(value) ?? kind switch
        {
            Kind.Array => CopyArray((Array)value),
            Kind.List => CopyList((IList)value),
            Kind.Dictionary => CopyDictionary((IDictionary)value, type),
            Kind.Unmarked => throw new CodecNotFoundException($"Could not find a codec for type {type}: it is not marked with [GenerateSerializer]."),
            _ => CopyMembers(value, type),
        };
    }

    private static Kind KindOf(Type type)
    {
        if (type.IsPrimitive || type.IsEnum || Values.Contains(type) || type.IsAssignableTo(typeof(Exception)))
            return Kind.Value;
        if (type.IsArray)
            return Kind.Array;
        if (type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false))
            return type.IsDefined(typeof(ImmutableAttribute), inherit: false) ? Kind.MarkedImmutable : Kind.Marked;
        var generic = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        return generic == typeof(List<>) ? Kind.List
            : generic == typeof(Dictionary<,>) ? Kind.Dictionary
            : type.IsAssignableTo(typeof(ITuple)) || generic == typeof(KeyValuePair<,>) ? Kind.Tuple
            : Kind.Unmarked;
    }

    private Array CopyArray(Array source)
    {
        var copy = (Array)source.Clone();
        Remember(source, copy);
        if (IsValue(source.GetType().GetElementType()!))
            return copy;
        if (source.Rank != 1)
            throw new SerializerException($"{source.GetType()} has more than one dimension and elements that need copying.");
        for (var i = 0; i < copy.Length; i++)
            copy.SetValue(Copy(source.GetValue(i)), i);
        return copy;

        static bool IsValue(Type element) => (element.IsValueType || element.IsSealed) && Kinds.GetOrAdd(element, KindOf) == Kind.Value;
    }

    private IList CopyList(IList source)
    {
        var copy = (IList)Activator.CreateInstance(source.GetType(), source.Count)!;
        Remember(source, copy);
        foreach (var item in source)
            copy.Add(Copy(item));
        return copy;
    }

    private IDictionary CopyDictionary(IDictionary source, Type type)
    {
        var copy = (IDictionary)Activator.CreateInstance(type, type.GetProperty("Comparer")!.GetValue(source))!;
        Remember(source, copy);
        foreach (DictionaryEntry entry in source)
            copy.Add(Copy(entry.Key)!, Copy(entry.Value));
        return copy;
    }

    private object CopyMembers(object source, Type type)
    {
        var copy = RuntimeHelpers.GetUninitializedObject(type);
        if (!type.IsValueType)
            Remember(source, copy);
        foreach (var member in Members.GetOrAdd(type, MembersOf))
            member.SetValue(copy, Copy(member.GetValue(source)));
        return copy;
    }

    private void Remember(object source, object copy) => (copies ??= new(ReferenceEqualityComparer.Instance))[source] = copy;

    private static FieldInfo[] MembersOf(Type type)
    {
        var members = new List<FieldInfo>();
        for (var level = type; level is not null && level != typeof(object) && level != typeof(ValueType); level = level.BaseType)
        {
            var fields = level.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly);
            if (fields.Length > 0 && KindOf(level) == Kind.Unmarked)
                throw new CodecNotFoundException($"Could not find a codec for type {level}, the base of {type}: it is not marked with [GenerateSerializer].");
            members.AddRange(KindOf(level) == Kind.Tuple ? fields : Marked(level, fields));
        }
        return [.. members];
    }

    private static IEnumerable<FieldInfo> Marked(Type type, FieldInfo[] fields)
    {
        var positional = PositionalMembers(type);
        var ids = new HashSet<uint>();
        foreach (var field in fields.Where(field => !field.IsDefined(typeof(NonSerializedAttribute))))
        {
            var property = field.Name.StartsWith('<') ? field.Name[1..field.Name.IndexOf('>')] : null;
            var marked = (MemberInfo?)(property is null ? null
                : type.GetProperty(property, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)) ?? field;
            var id = marked.GetCustomAttribute<IdAttribute>() ?? field.GetCustomAttribute<IdAttribute>();
            if (id is null && !positional.Contains(marked.Name))
                throw new SerializerException($"{type}.{marked.Name} is neither marked with [Id] nor with [NonSerialized].");
            if (id is not null && !ids.Add(id.Id))
                throw new SerializerException($"{type} has two members with [Id({id.Id})].");
            yield return field;
        }
    }

    /// <summary>The members of a record that its primary constructor declares; as in Orleans they need no mark.</summary>
    private static HashSet<string> PositionalMembers(Type type) =>
        type.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly)
            .Where(method => method.Name == "Deconstruct" && method.IsDefined(typeof(CompilerGeneratedAttribute)))
            .SelectMany(method => method.GetParameters().Select(parameter => parameter.Name!))
            .ToHashSet();
}
