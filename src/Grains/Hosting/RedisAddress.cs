using MnistDistributed.Model;

namespace MnistDistributed.Grains.Hosting;

/// <summary>A Redis as StackExchange.Redis writes it: <c>HOST:PORT</c>, and options after commas.</summary>
public static class RedisAddress
{
    /// <summary>Its hosts without its options, for messages: a password is among them.</summary>
    public static string Shown(string redis) =>
        OneLine.Of(string.Join(',', redis.Split(',').TakeWhile(part => !part.Contains('=', StringComparison.Ordinal))));
}
