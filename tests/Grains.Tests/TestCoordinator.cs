using MnistDistributed.Grains.Directory;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Grains.Tests.Hosts;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Grains.Tests;

/// <summary>
/// Plays the coordinator's part in a run: asks for workers, keeps a snapshot of what it saw last, lets epochs go on, and opens the next
/// term
/// from the last snapshot when the parameter server is lost. What fails on the way to a silo that is gone is tried again.
/// </summary>
/// <param name="grains">The way to the grains.</param>
/// <param name="run">The run.</param>
/// <param name="spec">What is trained, on the data of <see cref="ClusterFixture"/>.</param>
/// <param name="workers">How many workers to ask for.</param>
public sealed class TestCoordinator(IGrainFactory grains, string run, RunSpec spec, int workers)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly IDirectoryGrain _directory = grains.GetGrain<IDirectoryGrain>(IDirectoryGrain.Key);
    private readonly SlotPlan _plan = new(spec);
    private TrainingState _state = TrainingState.Initial(spec);

    /// <summary>The run.</summary>
    public string Run => run;

    /// <summary>The run's parameter server.</summary>
    public IParameterServerGrain Server { get; } = grains.GetGrain<IParameterServerGrain>(run);

    /// <summary>The term that was last opened.</summary>
    public int Term { get; private set; }

    /// <summary>The step that the next term would begin with.</summary>
    public int LastStep => _state.Step;

    /// <summary>Opens a run whose parameter server is on the silo that is wanted: ids are tried until one is placed there.</summary>
    public static async Task<TestCoordinator> On(TestHost host, string silo, RunSpec spec, int workers)
    {
        // Orleans places nothing on a silo before it knows that silo's load.
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        for (int i = 0; ; i++)
        {
            var coordinator = new TestCoordinator(host.Grains, $"run-{i}", spec, workers);
            await coordinator.Open();
            if (host.HomeOf(coordinator.Run) == silo)
                return coordinator;
            await coordinator.Server.Close(coordinator.Term);
            patience.Token.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Opens the next term from the last snapshot. On a silo that is about to go it stays closed.</summary>
    public async Task Open()
    {
        Term++;
        var reply = await Server.Open(ClusterFixture.Open(Term) with
        {
            Spec = RunSpecJson.Write(spec),
            State = _state.ToBytes(),
            EpochsEvaluated = _plan.EpochOf(_state.Step),
            Fingerprint = Fingerprint.Of(spec),
        });
        Assert.Null(reply.Problem);
        if (reply.TryAgain)
            await Task.Delay(Pause);
    }

    /// <summary>Asks "where is the run?" until somebody answers.</summary>
    public async Task<WatchReply> Ask()
    {
        WatchReply? reply = null;
        await Retry(async () => reply = await Server.Watch(Term, null));
        return reply!;
    }

    /// <summary>Follows the run until it is as wanted.</summary>
    /// <param name="wanted">What to wait for.</param>
    /// <param name="letGoOn">Whether an epoch that is done may be followed by the next; otherwise the run is held there.</param>
    public async Task<TermStatus> Until(Func<TermStatus, bool> wanted, bool letGoOn = true)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            TermStatus? status = null;
            await Retry(async () => status = await Follow());
            if (status is not null && wanted(status))
                return status;
            if (status?.Phase == RunPhase.EpochDone && letGoOn)
                await Retry(() => Server.Continue(Term, status.Step));
            patience.Token.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Follows the run to its end.</summary>
    /// <returns>Digest of the final weights.</returns>
    public async Task<string> Finish()
    {
        await Until(status => status.Phase == RunPhase.Done);
        await Retry(() => _directory.Remove(run));
        await Retry(() => Server.Close(Term));
        return WeightsDigest.Of(_state.Weights);
    }

    /// <returns>Where the run is, with a snapshot taken; null if that could not be seen.</returns>
    private async Task<TermStatus?> Follow()
    {
        await _directory.Register(run, workers, silos: 1);
        var reply = await Server.Watch(Term, null);
        Assert.True(reply.Term <= Term, $"Somebody opened term {reply.Term}.");
        if (reply.Status is not { } status)
        {
            await Open();
            return null;
        }

        Assert.Null(status.Failure);
        if (status.IsLeaving || status.Step != _state.Step)
        {
            if (await (status.IsLeaving ? Server.HandOver(Term) : Server.Snapshot(Term)) is not { } state)
                return null;
            _state = TrainingState.FromBytes(state, spec);
        }

        return status;
    }

    /// <summary>Tries until a call is answered: for a while after a silo is lost, calls fail or time out.</summary>
    private static async Task Retry(Func<Task> call)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            try
            {
                await call();
                return;
            }
            catch (Exception e) when (e is OrleansException or TimeoutException)
            {
                await Task.Delay(Pause, patience.Token);
            }
        }
    }
}
