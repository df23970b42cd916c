using System.Net;
using System.Net.Sockets;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Model;
using StackExchange.Redis;

namespace MnistDistributed.Silo.Membership;

/// <summary>Whoever keeps the cluster's membership: Redis, the primary silo, or this silo itself.</summary>
public sealed class MembershipKeeper
{
    // In milliseconds. One that takes longer to answer would keep no membership.
    private const int LongestTry = 2000;

    private readonly SiloOptions _options;

    /// <summary>Knows where it is.</summary>
    /// <exception cref="UsageException">What was given for Redis is no address of it.</exception>
    public MembershipKeeper(SiloOptions options)
    {
        _options = options;
        if (options.Redis is not null)
            RedisOptions(options.Redis);
    }

    /// <summary>Who and where it is, for people.</summary>
    public string Name => _options switch
    {
        { Redis: { } redis } => $"Redis at {RedisAddress.Shown(redis)}",
        { Primary: { } primary } => $"the primary silo at {primary}",
        _ => "this silo itself",
    };

    /// <summary>How Redis is connected to.</summary>
    /// <param name="redis">As StackExchange.Redis writes it.</param>
    /// <exception cref="UsageException">It is no address of a Redis.</exception>
    public static ConfigurationOptions RedisOptions(string redis)
    {
        try
        {
            return ConfigurationOptions.Parse(redis);
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"--redis {RedisAddress.Shown(redis)}: give HOST:PORT, and options as StackExchange.Redis writes "
                + $"them. ({OneLine.Brief(e.Message)})");
        }
    }

    /// <summary>Asks whether it is there.</summary>
    /// <returns>Why it is not, as one line; null if it is.</returns>
    public Task<string?> Problem(CancellationToken cancellationToken) => _options switch
    {
        { Redis: { } redis } => AskRedis(redis).WaitAsync(cancellationToken),
        { Primary: { } primary } => AskPrimary(primary, cancellationToken),
        _ => Task.FromResult<string?>(null),
    };

    private static async Task<string?> AskRedis(string redis)
    {
        try
        {
            var options = RedisOptions(redis);
            // Whoever asks tries again, and wants to know of each try: where nobody listens, the library waits for its whole time-out.
            (options.AbortOnConnectFail, options.ConnectRetry) = (true, 1);
            options.ConnectTimeout = Math.Min(options.ConnectTimeout, LongestTry);
            await using var connection = await ConnectionMultiplexer.ConnectAsync(options);
            // One that still reads its file from disk takes connections, and refuses this.
            await connection.GetDatabase().PingAsync();
            return null;
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            // Of a connection that cannot be made the library says only how to go on without it.
            string why = e is RedisConnectionException { InnerException: null } ? "" : $" ({OneLine.Brief(e.GetBaseException().Message)})";
            return $"Redis does not answer at --redis {RedisAddress.Shown(redis)}: start it (redis-server), or give its HOST:PORT.{why}";
        }
    }

    private static async Task<string?> AskPrimary(IPEndPoint primary, CancellationToken cancellationToken)
    {
        try
        {
            using var socket = new TcpClient(primary.AddressFamily);
            await socket.ConnectAsync(primary, cancellationToken);
            return null;
        }
        catch (SocketException e)
        {
            return $"No silo answers at --primary {primary}: start the primary silo first, and give its silo port. ({e.Message})";
        }
    }
}
