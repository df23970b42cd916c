namespace MnistDistributed.Silo.Tests;

/// <summary>A theory about a cluster of silo processes over Redis.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RedisTheoryAttribute : TheoryAttribute
{
    public RedisTheoryAttribute() => Skip = Needs.Redis;
}
