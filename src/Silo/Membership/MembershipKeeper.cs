using System.Net;
using System.Net.Sockets;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Hosting.Tls;
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
            RedisConnection.Options(options.Redis, options.Tls);
    }

    /// <summary>Who and where it is, for people.</summary>
    public string Name => _options switch
    {
        { Redis: { } redis } => $"Redis at {RedisAddress.Shown(redis)}",
        { Primary: { } primary } => $"the primary silo at {primary}",
        _ => "this silo itself",
    };

    /// <summary>Asks whether it is there.</summary>
    /// <returns>Why it is not, as one line; null if it is.</returns>
    public Task<string?> Problem(CancellationToken cancellationToken) => _options switch
    {
        { Redis: { } redis } => AskRedis(redis, _options.Tls).WaitAsync(cancellationToken),
        { Primary: { } primary } => AskPrimary(primary, cancellationToken),
        _ => Task.FromResult<string?>(null),
    };

    private static async Task<string?> AskRedis(string redis, ClusterTls? tls)
    {
        try
        {
            var options = RedisConnection.Options(redis, tls);
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
            string why = e is RedisException refused ? RedisConnection.Why(refused) : OneLine.Brief(e.Message);
            return $"Redis does not answer at --redis {RedisAddress.Shown(redis)}: start it (redis-server), or give its HOST:PORT. ({why})";
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
