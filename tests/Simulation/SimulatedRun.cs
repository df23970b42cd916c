using System.Globalization;
using MnistDistributed.Coordinator.Steering;
using MnistDistributed.Coordinator.Training;
using MnistDistributed.Grains.Directory;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Grains.Workers;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Training;
using MnistDistributed.Simulation.Audit;
using MnistDistributed.Simulation.Cluster;
using MnistDistributed.Simulation.Plans;
using MnistDistributed.Simulation.Time;

namespace MnistDistributed.Simulation;

/// <summary>Trains a run in a simulated cluster while a plan's faults happen to it, and says what came of it.</summary>
public sealed class SimulatedRun
{
    private static readonly TimeSpan CheckpointInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestStandstill = TimeSpan.FromHours(1);

    private readonly FaultPlan _plan;
    private readonly SimulationSubject _subject;
    private readonly VirtualWorld _world;
    private readonly SimulatedCluster _cluster;
    private readonly ComputedBlocks _computed = new();
    private readonly RunAudit _audit;
    private readonly RecoveryClock _recovery;
    private readonly Trace _trace;
    private readonly Notes _notes = new();
    private readonly SortedDictionary<int, TermStatus> _statuses = [];
    private readonly SimulatedCoordinator _coordinator;
    private TimeSpan _lastPush;

    private SimulatedRun(FaultPlan plan, SimulationSubject subject, string folder, SimulationLimits? limits)
    {
        _plan = plan;
        _subject = subject;
        _world = new VirtualWorld(limits);
        _audit = new RunAudit(subject.Spec, _computed);
        _recovery = new RecoveryClock(_world, plan.Faults);
        _trace = new Trace(_world);
        var faults = new FaultInjector(plan.Faults, new SeededRandom(plan.Seed, 4), Strike, Struck);
        _cluster = new SimulatedCluster(_world, subject.Data, _computed, faults, plan.Seed);
        var options = new RunOptions
            { Workers = Math.Min(plan.Workers, subject.Spec.Slots), Silos = plan.Silos, CheckpointInterval = CheckpointInterval };
        _coordinator =
            new SimulatedCoordinator(_cluster, subject.Spec, subject.Data, folder, options, _notes, new SeededRandom(plan.Seed, 5));
        _cluster.Activated += Watch;
        _audit.StepDone += (term, steps) =>
        {
            if (term == _audit.LatestTerm)
                _recovery.StepDone(steps);
        };
    }

    /// <summary>Runs a plan. Everything happens on the calling thread, and nothing is left of it.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="subject">What is trained.</param>
    /// <param name="limits">When the simulation is given up; the defaults if null.</param>
    public static SimulationResult Of(FaultPlan plan, SimulationSubject subject, SimulationLimits? limits = null)
    {
        // Run folders are flushed to the disk again and again, which here only takes time.
        string memory = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        string folder = Directory.CreateDirectory(Path.Combine(memory, $"mnist-simulation-{Guid.NewGuid():N}")).FullName;
        try
        {
            return new SimulatedRun(plan, subject, folder, limits).Run();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private SimulationResult Run()
    {
        RunResult? result = null;
        string? failure = null;
        try
        {
            result = _world.Run(async () =>
            {
                DemandProgress();
                for (int i = 0; i < _plan.Silos; i++)
                    _cluster.AddSilo();
                return await _coordinator.Train();
            });
            _audit.Finish();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // What nobody foresaw is a defect of the run, and its stack is what helps to mend it.
            failure = e is RunFailedException or QuorumException or TimeoutException or SimulationException ? e.Message : e.ToString();
        }

        return new SimulationResult
        {
            Plan = _plan,
            Weights = result is null ? "" : WeightsDigest.Of(result.Weights),
            Curves = result is null ? "" : Curves(result),
            Problems = [.. failure is null ? [] : new[] { failure }, .. _audit.Problems],
            Lost = _audit.Lost,
            Doubled = _audit.Doubled,
            Strikes = _recovery.Strikes,
            Terms = _audit.Terms,
            Statuses = [.. _statuses.Values],
            Notes = _notes.Lines,
            Time = _world.Now,
            Trace = _trace.Lines,
        };
    }

    private static string Curves(RunResult result) => string.Join('\n', [
        .. result.History.Select(epoch => string.Create(CultureInfo.InvariantCulture, $"{epoch with { Seconds = 0 }}")),
        string.Create(CultureInfo.InvariantCulture,
            $"{result.Test.Loss:R} {result.Test.Accuracy:R} {Convert.ToHexString(result.Test.Predictions)}")]);

    private void Watch(Activation activation) => activation.Seen = (call, arguments, result) =>
    {
        _trace.Observe(activation, call, arguments, result);
        if (activation.Instance is ParameterServerGrain)
            _audit.Observe(activation, call, arguments, result);
        if (result is WatchReply { Status: { } status } reply)
            _statuses[reply.Term] = status;
        if (result is PushReply { Outcome: PushOutcome.Accepted })
            _lastPush = _world.Now;
    };

    /// <summary>A run that has come to a standstill would go on asking, and filling the trace, until the simulation's own limits.</summary>
    private void DemandProgress()
    {
        if (_world.Now - _lastPush > LongestStandstill)
            throw new SimulationException($"For {LongestStandstill.TotalHours} hour no worker has pushed anything that counts.");
        _world.After(LongestStandstill, _world.Own, DemandProgress);
    }

    private void Struck(int fault)
    {
        _trace.Write($"* {_plan.Faults[fault]}");
        _recovery.Struck(fault);
    }

    /// <summary>Does what is not done to a message. It happens right after what is happening now.</summary>
    private bool Strike(PlannedFault fault)
    {
        var time = TimeSpan.FromSeconds(fault.Seconds);
        string run = _coordinator.Run!;
        return fault.Kind switch
        {
            FaultKind.KillWorker => Worker(worker => _cluster.Lose(typeof(IWorkerGrain), worker.Name)),
            FaultKind.HangWorker => Worker(worker => worker.Hang(time)),
            FaultKind.SlowWorker => Worker(worker => worker.Slow(time)),
            FaultKind.KillSilo => Silo(silo => _cluster.Kill(silo, time)),
            FaultKind.FreezeSilo => Silo(silo => _cluster.Freeze(silo, time)),
            FaultKind.IsolateSilo => Silo(silo => _cluster.Isolate(silo, time)),
            FaultKind.DrainSilo => Silo(silo => _ = _cluster.Drain(silo, time)),
            FaultKind.AddSilo => Soon(() => _cluster.AddSilo()),
            FaultKind.KillServer => Soon(() => _cluster.Lose(typeof(IParameterServerGrain), run)),
            FaultKind.SplitServer => Soon(() => _cluster.Split(typeof(IParameterServerGrain), run, time)),
            FaultKind.KillDirectory => Soon(() => _cluster.Lose(typeof(IDirectoryGrain), IDirectoryGrain.Key)),
            FaultKind.KillCoordinator => _coordinator.Kill(time, fault.Workers, fault.Target, damages: false),
            FaultKind.DamageCheckpoint => _coordinator.Kill(time, fault.Workers, fault.Target, damages: true),
            FaultKind.StopCoordinator => _coordinator.Stop(time, fault.Workers, fault.Target),
            FaultKind.Scale => _coordinator.Ask(RunRequestKind.Scale, Math.Min(fault.Workers, _subject.Spec.Slots)),
            FaultKind.Pause => Pause(time),
            _ => throw new ArgumentException($"{fault} is done to a message.", nameof(fault)),
        };

        bool Worker(Action<SimulatedWorker> harm)
        {
            var workers = _cluster.Workers;
            return workers.Count > 0 && Soon(() => harm(workers[fault.Target % workers.Count]));
        }

        bool Silo(Action<SimulatedSilo> harm)
        {
            var silos = _cluster.Silos.Where(silo => !silo.Thread.IsDead && !silo.IsDeclaredDead && !silo.IsLeaving).ToList();
            return silos.Count > 0 && Soon(() => harm(silos[fault.Target % silos.Count]));
        }
    }

    private bool Soon(Action harm)
    {
        _world.Own.Do(harm);
        return true;
    }

    private bool Pause(TimeSpan time)
    {
        if (!_coordinator.Ask(RunRequestKind.Pause))
            return false;
        _world.After(time, _world.Own, () => _coordinator.Ask(RunRequestKind.Resume));
        return true;
    }
}
