using System.Diagnostics;
using System.Globalization;
using MnistDistributed.Coordinator.Training;
using MnistDistributed.Grains.Directory;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Model;

namespace MnistDistributed.Coordinator.Clusters;

/// <summary>The wait for a running cluster and its silos; it says what it waits for.</summary>
/// <param name="address">Where the cluster is.</param>
/// <param name="atLeast">Silos to wait for.</param>
/// <param name="limit">How long to wait.</param>
/// <param name="say">Says it, as one line.</param>
public sealed class SiloWait(ClusterAddress address, int atLeast, TimeSpan limit, Action<string> say)
{
    private static readonly TimeSpan Unheard = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly long _began = Stopwatch.GetTimestamp();
    private string? _said;
    private bool _isRefused;
    private string _problem = "none answers";

    /// <summary>Connects to the cluster and waits until it has silos enough.</summary>
    /// <exception cref="RunFailedException">They did not come in time.</exception>
    public async Task<(ITrainingCluster Cluster, IReadOnlyList<SiloOffer> Silos)> ForSilos(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(limit);
        ITrainingCluster? cluster = null;
        try
        {
            cluster = await Connect(patience.Token);
            return (cluster, await Count(cluster, patience.Token));
        }
        catch (Exception e)
        {
            if (cluster is not null)
                await cluster.DisposeAsync();
            if (e is OperationCanceledException && !cancellationToken.IsCancellationRequested)
                throw new RunFailedException(string.Create(CultureInfo.InvariantCulture,
                    $"{Needed} not there after {limit.TotalSeconds:N0} s ({address.Problem.Text ?? _problem}). {Advice}"));
            throw;
        }
    }

    private async Task<ITrainingCluster> Connect(CancellationToken cancellationToken)
    {
        var connecting = RemoteCluster.Connect(address, Unanswered, cancellationToken);
        while (await Task.WhenAny(connecting, Task.Delay(Unheard, cancellationToken)) != connecting)
            Unanswered(_problem);
        return await connecting;
    }

    private string Needed => atLeast == 1 ? $"A silo of {address.Shown} is" : $"{atLeast} silos of {address.Shown} are";

    private string Advice => address.Redis is null
        ? "Check that silos run (./mnist cluster status), that the address is a gateway's and not a silo port, that their cluster and "
            + $"service ids are '{address.ClusterId}' and '{address.ServiceId}', and that no firewall is between."
        : $"Check that silos run with this Redis (./mnist cluster status), that their cluster and service ids are '{address.ClusterId}' "
            + $"and '{address.ServiceId}', and that no firewall is between.";

    private async Task<IReadOnlyList<SiloOffer>> Count(ITrainingCluster cluster, CancellationToken cancellationToken)
    {
        var directory = cluster.Grains.GetGrain<IDirectoryGrain>(IDirectoryGrain.Key);
        while (true)
        {
            try
            {
                var silos = await directory.Silos().WaitAsync(cancellationToken);
                if (silos.Length >= atLeast)
                    return silos;
                _problem = $"{silos.Length} of {atLeast} have reported";
                Say($"Waiting for silos: {silos.Length} of {atLeast} are there.");
            }
            catch (Exception e) when (e is OrleansException or TimeoutException)
            {
                Unanswered(e.Message);
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    private void Unanswered(string why)
    {
        // Between two tries there is none; the last one's is what people should know.
        string? refusal = address.Problem.Text;
        _isRefused |= refusal is not null;
        if (refusal is not null || !_isRefused)
            _problem = OneLine.Brief(refusal ?? why);
        if (_isRefused || Stopwatch.GetElapsedTime(_began) > TimeSpan.FromSeconds(10))
            Say($"Still no silo of {address.Shown} answers ({_problem}). {Advice}");
        else
            Say($"Waiting for a silo of {address.Shown} to answer ...");
    }

    private void Say(string line)
    {
        if (line == _said)
            return;
        _said = line;
        say(line);
    }
}
