using System.Net;
using System.Net.Sockets;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Hosting.Tls;
using MnistDistributed.Model;
using StackExchange.Redis;

namespace MnistDistributed.Silo.Membership;

/// <summary>Whoever keeps the cluster's membership: Redis, the primary silo, or this silo itself.</summary>
/// <param name="options">Where it is.</param>
public sealed class MembershipKeeper(SiloOptions options)
{
    // In milliseconds. One that takes longer to answer would keep no membership.
    private const int LongestTry = 2000;

    /// <summary>Who and where it is, for people.</summary>
    public string Name => options switch
    {
        { Redis: { } redis } => $"Redis at {redis}",
        { Primary: { } primary } => $"the primary silo at {primary}",
        _ => "this silo itself",
    };

    /// <summary>Asks whether it is there.</summary>
    /// <returns>Why it is not, as one line; null if it is.</returns>
    public Task<string?> Problem(CancellationToken cancellationToken) => options switch
    {
        { Redis: { } redis } => AskRedis(redis, options.Tls).WaitAsync(cancellationToken),
        { Primary: { } primary } => AskPrimary(primary, cancellationToken),
        _ => Task.FromResult<string?>(null),
    };

    private static async Task<string?> AskRedis(RedisAddress redis, ClusterTls? tls)
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
            return $"Redis does not answer at --redis {redis}: start it (redis-server), or give its HOST:PORT. ({why})";
        }
    }

    private static async Task<string?> AskPrimary(IPEndPoint primary, CancellationToken cancellationToken)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(LongestTry);
            using var socket = new TcpClient(primary.AddressFamily);
            await socket.ConnectAsync(primary, limit.Token);
            return null;
        }
        catch (Exception e)
            when (e is SocketException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            string why = e is SocketException ? e.Message : $"no answer within {LongestTry / 1000} s";
            return $"No silo answers at --primary {primary}: start the primary silo first, and give its silo port. ({why})";
        }
    }
}
