namespace MnistDistributed.Silo.Tests;

/// <summary>A fact about a cluster of silo processes over Redis.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RedisFactAttribute : FactAttribute
{
    public RedisFactAttribute() => Skip = Needs.Redis;
}
