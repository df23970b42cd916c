namespace MnistDistributed.Silo;

/// <summary>The silo's place in the cluster's membership, read from its table every few seconds.</summary>
/// <param name="table">The table.</param>
/// <param name="silo">This silo.</param>
/// <param name="time">The clock.</param>
public sealed class SiloMembership(IMembershipTable table, ILocalSiloDetails silo, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private volatile MembershipTableData? _seen;

    /// <summary>Whether its own row is there, and active. It is not where the table cannot be read.</summary>
    public bool IsMember => _seen?.TryGet(silo.SiloAddress)?.Item1.Status == SiloStatus.Active;

    /// <summary>Silos that are active in the table; null where it cannot be read.</summary>
    public int? Peers => _seen?.Members.Count(row => row.Item1.Status == SiloStatus.Active);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                _seen = await table.ReadAllAsync(stoppingToken).WaitAsync(Patience, time, stoppingToken);
            }
            catch (Exception) when (!stoppingToken.IsCancellationRequested)
            {
                // Whatever the store's own error is: nothing is known of the membership.
                _seen = null;
            }

            await Task.Delay(Period, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
