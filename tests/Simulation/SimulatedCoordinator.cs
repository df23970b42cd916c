using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Coordinator.Steering;
using MnistDistributed.Coordinator.Training;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Training;
using MnistDistributed.Simulation.Cluster;
using MnistDistributed.Simulation.Network;
using MnistDistributed.Simulation.Time;

namespace MnistDistributed.Simulation;

/// <summary>
/// The lives of one run's coordinator: each a process with the real run loop on the real run folder. One that is killed or told to stop is
/// followed by another, which resumes the run from the folder.
/// </summary>
/// <param name="cluster">The cluster.</param>
/// <param name="spec">The run.</param>
/// <param name="data">The data set.</param>
/// <param name="parent">Where to make the run's folder.</param>
/// <param name="options">How the run is trained in the first life.</param>
/// <param name="observer">Who is told.</param>
/// <param name="random">What is left to chance.</param>
public sealed class SimulatedCoordinator(
    SimulatedCluster cluster, RunSpec spec, DataSet data, string parent, RunOptions options, IRunObserver observer, SeededRandom random)
{
    private readonly VirtualWorld _world = cluster.World;
    private RunOptions _options = options;
    private RunFolder _folder = null!;
    private VirtualThread _thread = null!;
    private TaskCompletionSource<RunResult?> _life = null!;
    private TimeSpan _absence;
    private Action? _meanwhile;

    /// <summary>The run's id, which is the key of its parameter server; null before the first life.</summary>
    public string? Run => _folder?.Id;

    /// <summary>Whether one lives, and was not told to stop.</summary>
    public bool IsAlive { get; private set; }

    /// <summary>Trains to the end, in as many lives as it takes.</summary>
    /// <exception cref="RunFailedException">The run cannot go on.</exception>
    /// <exception cref="TimeoutException">The cluster has not answered for too long.</exception>
    public async Task<RunResult> Train()
    {
        while (true)
        {
            Begin();
            var result = await _life.Task;
            IsAlive = false;
            if (!_thread.IsDead)
                _folder.Dispose();
            if (result is { IsStopped: false })
                return result;
            _meanwhile?.Invoke();
            await Task.Delay(_absence, _world.Own.Time);
        }
    }

    /// <summary>It ends without a word, and is resumed later.</summary>
    /// <param name="absence">How much later.</param>
    /// <param name="workers">With how many workers.</param>
    /// <param name="silos">On a new cluster of how many silos; 0 for the same cluster.</param>
    /// <param name="damages">Whether its newest checkpoint is damaged before it is resumed.</param>
    /// <returns>Whether there was one.</returns>
    public bool Kill(TimeSpan absence, int workers, int silos, bool damages)
    {
        if (!IsAlive)
            return false;
        Leave(absence, workers, silos, damages);
        _world.Own.Do(() =>
        {
            // One that has just ended by itself is not killed any more.
            if (_life.Task.IsCompleted)
                return;
            _thread.Kill();
            byte[]? owner = File.Exists(RunOwner.FileIn(_folder.Path)) ? File.ReadAllBytes(RunOwner.FileIn(_folder.Path)) : null;
            // The system takes the lock back, and what the process wrote stays.
            _folder.Dispose();
            if (owner is not null)
                File.WriteAllBytes(RunOwner.FileIn(_folder.Path), owner);
            _life.TrySetResult(null);
        });
        return true;
    }

    /// <summary>It is asked to stop, and resumed later.</summary>
    /// <inheritdoc cref="Kill"/>
    public bool Stop(TimeSpan absence, int workers, int silos)
    {
        if (!Ask(RunRequestKind.Stop))
            return false;
        Leave(absence, workers, silos, damages: false);
        return true;
    }

    /// <summary>Somebody asks something of the run by its folder.</summary>
    /// <returns>Whether there was a coordinator to ask.</returns>
    public bool Ask(RunRequestKind what, int? workers = null)
    {
        if (IsAlive)
            _folder.Requests.Send(new RunRequest(what, workers, "the plan"), _world.Own.Time.GetUtcNow());
        return IsAlive;
    }

    private void Leave(TimeSpan absence, int workers, int silos, bool damages)
    {
        IsAlive = false;
        _absence = absence;
        _options = _options with { Workers = Math.Min(workers, spec.Slots), Silos = silos == 0 ? _options.Silos : silos };
        _meanwhile = () =>
        {
            if (damages)
                Damage();
            if (silos == 0)
                return;
            cluster.KillAll();
            for (int i = 0; i < silos; i++)
                cluster.AddSilo();
        };
    }

    private void Begin()
    {
        _thread = new VirtualThread(_world, "coordinator");
        _life = new TaskCompletionSource<RunResult?>();
        IsAlive = true;
        var (thread, life, options) = (_thread, _life, _options);
        thread.Start(async () =>
        {
            try
            {
                life.TrySetResult(await Live(thread, options));
            }
            catch (Exception e)
            {
                life.TrySetException(e);
            }
        });
    }

    private async Task<RunResult?> Live(VirtualThread thread, RunOptions options)
    {
        _folder = _folder is null ? RunFolder.Create(parent, thread.Time.GetUtcNow(), spec, thread.Time)
            : RunFolder.Open(_folder.Path, thread.Time);
        var search = _folder.Checkpoints.LoadNewest(spec);
        foreach (string skipped in search.Skipped)
            observer.Note(skipped);
        var grains =
            cluster.GrainsOf(new Endpoint { Name = "coordinator", Silo = null, Thread = thread, Patience = ClusterTimes.ClientResponse });
        var start = search.Checkpoint ?? _folder.Beginning(spec);
        return await new TrainingRun(_folder, start, data, grains, options, observer, thread.Time).Train(CancellationToken.None);
    }

    private void Damage()
    {
        string folder = Path.Combine(_folder.Path, "checkpoints");
        if (!Directory.Exists(folder)
            || Directory.GetFiles(folder, "*.safetensors").Order(StringComparer.Ordinal).LastOrDefault() is not { } newest)
            return;
        byte[] bytes = File.ReadAllBytes(newest);
        if (random.Below(2) == 0)
            bytes[random.Below(bytes.Length)] ^= (byte)(1 << random.Below(8));
        else
            bytes = bytes[..random.Below(bytes.Length)];
        File.WriteAllBytes(newest, bytes);
    }
}
