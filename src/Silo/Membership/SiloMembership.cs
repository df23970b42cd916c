using Microsoft.Extensions.Options;
using MnistDistributed.Model;
using Orleans.Clustering.Redis;
using Orleans.Configuration;

namespace MnistDistributed.Silo.Membership;

/// <summary>
/// The silo's standing in its cluster, read from the membership table every few seconds. A silo that is out of the table for too long
/// ends, so that whoever started it starts it again, into the table that there is now.
/// </summary>
public sealed partial class SiloMembership : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly IMembershipTable _table;
    private readonly SiloAddress _silo;
    private readonly MembershipKeeper _keeper;
    private readonly OwnEnd _end;
    private readonly TimeProvider _time;
    private readonly ILogger<SiloMembership> _logger;
    private readonly TimeSpan _rejoin;
    private readonly TimeSpan _staleAfter;
    private long? _outSince;
    private volatile Standing _standing = new(IsMember: false, IsOut: false, IsStale: false, Peers: null, Problem: null);

    /// <summary>Does not look yet.</summary>
    /// <param name="table">The table.</param>
    /// <param name="silo">This silo.</param>
    /// <param name="membership">How often a row is renewed.</param>
    /// <param name="options">How long a silo may be out of the table.</param>
    /// <param name="keeper">Who keeps the table.</param>
    /// <param name="end">Ends the silo.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where to say it.</param>
    public SiloMembership(
        IMembershipTable table, ILocalSiloDetails silo, IOptions<ClusterMembershipOptions> membership, SiloOptions options,
        MembershipKeeper keeper, OwnEnd end, TimeProvider time, ILogger<SiloMembership> logger)
    {
        (_table, _silo, _keeper, _end, _time, _logger) = (table, silo.SiloAddress, keeper, end, time, logger);
        _rejoin = options.Rejoin;
        // From then on the others take it for stale, too.
        _staleAfter = membership.Value.NumMissedTableIAmAliveLimit * membership.Value.IAmAliveTablePublishTimeout;
    }

    /// <summary>As the last look showed it.</summary>
    public Standing Standing => _standing;

    /// <summary>Looks for the first time, so that the standing is known when the silo is up.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await Look(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Looks once, and ends the silo where it was out of the table for too long.</summary>
    public async Task Look(CancellationToken cancellationToken)
    {
        var standing = await Read(cancellationToken);
        if (standing.Problem != _standing.Problem)
            Say(standing);
        _standing = standing;
        EndIfOut(standing);
        if (standing.IsStale)
            await Renew(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, _time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await Look(stoppingToken);
    }

    private async Task<Standing> Read(CancellationToken cancellationToken)
    {
        try
        {
            var table = await _table.ReadAllAsync(cancellationToken).WaitAsync(Patience, _time, cancellationToken);
            return Standing.Of(table, _silo, _time.GetUtcNow().UtcDateTime, _staleAfter);
        }
        catch (RedisClusteringException)
        {
            // Redis answers, but has nothing of the table, not even its version.
            return Standing.Gone(peers: 0);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever the store's own error is: nothing is known of the membership.
            string why = e is TimeoutException ? "it does not answer" : OneLine.Brief(e.Message);
            return Standing.Unknown($"The membership table cannot be read from {_keeper.Name}: {why}");
        }
    }

    // After an outage of the store Orleans itself takes up to a minute until it tries again, and the silo would end before.
    private async Task Renew(CancellationToken cancellationToken)
    {
        try
        {
            var row = new MembershipEntry { SiloAddress = _silo, IAmAliveTime = _time.GetUtcNow().UtcDateTime };
            await _table.UpdateIAmAliveAsync(row, cancellationToken).WaitAsync(Patience, _time, cancellationToken);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The next look shows that it was in vain.
        }
    }

    private void EndIfOut(Standing standing)
    {
        // A table that cannot be read in between proves neither.
        if (standing.IsMember)
            _outSince = null;
        if (!standing.IsOut)
            return;
        _outSince ??= _time.GetTimestamp();
        if (_time.GetElapsedTime(_outSince.Value) >= _rejoin)
            _end.Because($"{standing.Problem} Started again, it joins the cluster anew.");
    }

    private void Say(Standing standing)
    {
        if (standing.IsOut)
            LogOut(standing.Problem!, _rejoin.TotalSeconds);
        else if (standing.Problem is { } problem)
            LogUnknown(problem);
        else
            LogBack();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Problem} If that stays so for {Rejoin:0.#} s, the silo ends")]
    private partial void LogOut(string problem, double rejoin);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Problem}")]
    private partial void LogUnknown(string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "The silo is a member of its cluster again")]
    private partial void LogBack();
}
