using System.Reflection;
using System.Runtime.CompilerServices;

namespace MnistDistributed.Compat.Tests.Surface;

/// <summary>Writes down what is public of a type, a line for the type, each base and interface, and each member.</summary>
public static class PublicSurface
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static IEnumerable<string> Of(Type type)
    {
        var name = Name(type);
        yield return $"{Kind(type)} {name}";
        if (type.IsClass && type.BaseType != typeof(object))
            yield return $"{name} : {Name(type.BaseType!)}";
        if (!type.IsEnum)
        {
            foreach (var implemented in type.GetInterfaces())
                yield return $"{name} : {Name(implemented)}";
        }
        if (type.GetCustomAttribute<AttributeUsageAttribute>(inherit: false) is { } usage)
            yield return $"{name} on {usage.ValidOn}{(usage.AllowMultiple ? ", many" : "")}";
        foreach (var member in type.GetMembers(Declared).Where(member => !member.IsDefined(typeof(CompilerGeneratedAttribute)) || member is FieldInfo))
        {
            if (Line(member) is { } line)
                yield return $"{name}: {line}";
        }
    }

    private static string Kind(Type type) =>
        type.IsEnum ? $"enum({Name(Enum.GetUnderlyingType(type))})"
        : type.IsInterface ? "interface"
        : type.IsValueType ? "struct"
        : type is { IsAbstract: true, IsSealed: true } ? "static class"
        : type.IsAbstract ? "abstract class"
        : type.IsSealed ? "sealed class" : "class";

    private static string? Line(MemberInfo member) => member switch
    {
        ConstructorInfo constructor when IsVisible(constructor) => $"new({Parameters(constructor)})",
        MethodInfo method when IsVisible(method) && !method.IsSpecialName && method.GetBaseDefinition() == method =>
            $"{Modifiers(method)}{Name(method.ReturnType)} {method.Name}{TypeParameters(method)}({Parameters(method)})",
        PropertyInfo property when IsVisible(property.GetMethod) =>
            $"{(property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "")}{Modifiers(property.GetMethod!)}{Name(property.PropertyType)} {property.Name} {{ get;{Setter(property)} }}",
        FieldInfo { IsPublic: true, IsSpecialName: false } field => field.IsLiteral
            ? $"{field.Name} = {field.GetRawConstantValue()}"
            : $"{Name(field.FieldType)} {field.Name}",
        _ => null,
    };

    private static string Modifiers(MethodInfo method) =>
        (method.IsPublic ? "" : "protected ") + (method.IsStatic ? "static "
            : method.IsAbstract || method.DeclaringType!.IsInterface ? ""
            : method is { IsVirtual: true, IsFinal: false } ? "virtual " : "");

    private static string Setter(PropertyInfo property) =>
        !IsVisible(property.SetMethod) ? ""
        : property.SetMethod!.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? " init;" : " set;";

    private static bool IsVisible(MethodBase? method) => method is not null && (method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly);

    private static string TypeParameters(MethodInfo method) => !method.IsGenericMethodDefinition ? ""
        : $"<{string.Join(", ", method.GetGenericArguments().Select(argument => $"{argument.Name}{Constraint(argument)}"))}>";

    private static string Constraint(Type argument) =>
        (argument.GenericParameterAttributes.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint) ? " : class" : "")
        + string.Concat(argument.GetGenericParameterConstraints().Select(constraint => " : " + Name(constraint)));

    private static string Parameters(MethodBase method) =>
        (method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "")
        + string.Join(", ", method.GetParameters().Select(parameter =>
            $"{Name(parameter.ParameterType)} {parameter.Name}{(parameter.HasDefaultValue ? $" = {parameter.DefaultValue ?? "default"}" : "")}"));

    private static string Name(Type type) => type switch
    {
        { IsGenericParameter: true } => type.Name,
        { IsArray: true } => Name(type.GetElementType()!) + "[]",
        { IsGenericType: true } => $"{type.Namespace}.{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>",
        _ => type.FullName!,
    };
}
