using System.Reflection;

namespace MnistDistributed.Grains.Tests;

/// <summary>An object whose members all do the same. Orleans' interfaces have many members, of which a test needs one or two.</summary>
public class Fake : DispatchProxy
{
    private Func<MethodInfo, object?[], object?> _answer = null!;

    /// <summary>Makes one.</summary>
    /// <param name="answer">Answers a call.</param>
    public static T Of<T>(Func<MethodInfo, object?[], object?> answer)
        where T : class
    {
        var fake = Create<T, Fake>();
        ((Fake)(object)fake)._answer = answer;
        return fake;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _answer(targetMethod!, args ?? []);
}
