using System.Diagnostics;
using System.Globalization;
using System.Runtime.ExceptionServices;
using MnistDistributed.Simulation;
using MnistDistributed.Simulation.Audit;
using MnistDistributed.Simulation.Plans;

namespace MnistDistributed.Bench;

/// <summary>
/// Runs many plans, on as many threads as there are cores: each simulation is one thread's own, and shares nothing with another.
/// </summary>
/// <param name="subject">What is trained.</param>
/// <param name="replayOptions">What else the command line needs to run one plan again, such as <c> --mnist</c>.</param>
/// <param name="progress">Where to say how far it is, and which plans failed.</param>
public sealed class FaultSoak(SimulationSubject subject, string replayOptions, TextWriter progress)
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly List<Strike> _strikes = [];
    private readonly List<string> _failures = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _lastProgress;
    private int _done;
    private int _differing;
    private int _lost;
    private int _doubled;
    private int _terms;
    private TimeSpan _virtual;
    private IReadOnlyList<string> _lastTrace = [];

    /// <summary>Runs the plans.</summary>
    /// <param name="plans">The plans.</param>
    /// <param name="stop">Ends it after the plans in progress.</param>
    /// <returns>The figures, and the trace of the plan that ended last.</returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public (FaultFigures Figures, IReadOnlyList<string> LastTrace) Run(IReadOnlyList<FaultPlan> plans, CancellationToken stop)
    {
        var undisturbed = SimulatedRun.Of(FaultPlan.Undisturbed, subject);
        if (undisturbed.DifferencesFrom(undisturbed) is [var problem, ..])
            throw new InvalidOperationException($"The run to which nothing happens is wrong already: {problem}");
        int next = -1;
        ExceptionDispatchInfo? broken = null;
        var threads = Enumerable.Range(0, Math.Min(Environment.ProcessorCount, plans.Count)).Select(_ => new Thread(RunSome)).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        broken?.Throw();
        stop.ThrowIfCancellationRequested();
        return (Figures(plans, undisturbed.Weights), _lastTrace);

        void RunSome()
        {
            try
            {
                while (Interlocked.Increment(ref next) is var i && i < plans.Count && broken is null && !stop.IsCancellationRequested)
                    Count(SimulatedRun.Of(plans[i], subject), undisturbed, plans.Count);
            }
            catch (Exception e)
            {
                broken = ExceptionDispatchInfo.Capture(e);
            }
        }
    }

    private void Count(SimulationResult result, SimulationResult undisturbed, int plans)
    {
        var differences = result.DifferencesFrom(undisturbed);
        lock (_gate)
        {
            _done++;
            _lost += result.Lost;
            _doubled += result.Doubled;
            _terms += result.Terms;
            _virtual += result.Time;
            _lastTrace = result.Trace;
            _strikes.AddRange(result.Strikes);
            if (result.Weights != undisturbed.Weights || result.Curves != undisturbed.Curves)
                _differing++;
            if (differences.Count > 0)
                Fail(result.Plan, differences);
            if (_clock.Elapsed - _lastProgress < ProgressInterval)
                return;
            _lastProgress = _clock.Elapsed;
            progress.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_done} of {plans} plans, {_failures.Count} failed"));
        }
    }

    private void Fail(FaultPlan plan, IReadOnlyList<string> differences)
    {
        _failures.Add($"{plan}: {string.Join(' ', differences)}");
        progress.WriteLine($"FAILED {plan}");
        foreach (string difference in differences)
            progress.WriteLine($"  {difference}");
        progress.WriteLine($"  again: ./mnist bench faults{replayOptions} --plan \"{plan}\"");
    }

    private FaultFigures Figures(IReadOnlyList<FaultPlan> plans, string weights) => new()
    {
        Plans = _done,
        Seed = plans[0].Seed,
        Weights = weights,
        Differing = _differing,
        SamplesLost = _lost,
        SamplesDoubled = _doubled,
        Terms = _terms,
        VirtualHours = _virtual.TotalHours,
        Seconds = _clock.Elapsed.TotalSeconds,
        Kinds = [.. Enum.GetValues<FaultKind>().Select(Of).Where(kind => kind.Planned > 0)],
        Failures = _failures,
    };

    private FaultKindFigures Of(FaultKind kind)
    {
        var strikes = _strikes.Where(strike => strike.Fault.Kind == kind).ToList();
        var nextStep = Sorted(strike => strike.NextStep);
        var recovered = Sorted(strike => strike.Recovered);
        return new FaultKindFigures
        {
            Kind = PlannedFault.NameOf(kind),
            Planned = strikes.Count,
            Struck = strikes.Count(strike => strike.At is not null),
            NextStepMedian = Median(nextStep),
            NextStepWorst = nextStep.Count == 0 ? null : nextStep[^1],
            RecoveredMedian = Median(recovered),
            RecoveredWorst = recovered.Count == 0 ? null : recovered[^1],
        };

        List<double> Sorted(Func<Strike, TimeSpan?> time) =>
            [.. strikes.Select(time).OfType<TimeSpan>().Select(span => span.TotalSeconds).Order()];
    }

    private static double? Median(List<double> sorted) => sorted.Count == 0 ? null : sorted[sorted.Count / 2];
}
