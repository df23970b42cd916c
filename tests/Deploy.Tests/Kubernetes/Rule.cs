using System.Reflection;
using MnistDistributed.Deploy.Tests.Kubernetes.Rules;

namespace MnistDistributed.Deploy.Tests.Kubernetes;

/// <summary>Something that holds of manifests.</summary>
/// <param name="Name">What it says.</param>
/// <param name="Problems">Where it does not hold.</param>
public sealed record Rule(string Name, Func<Manifests, IEnumerable<string>> Problems)
{
    /// <summary>All of them: each public method of a class of rules that looks at manifests.</summary>
    public static IReadOnlyDictionary<string, Rule> All { get; } = (
        from type in typeof(ObjectRules).Assembly.GetTypes()
        where type.Namespace == typeof(ObjectRules).Namespace && type.IsPublic
        from method in type.GetMethods(BindingFlags.Public | BindingFlags.Static)
        where method.ReturnType == typeof(IEnumerable<string>)
            && method.GetParameters() is [{ } only] && only.ParameterType == typeof(Manifests)
        select new Rule(method.Name, method.CreateDelegate<Func<Manifests, IEnumerable<string>>>())).ToDictionary(rule => rule.Name);
}
