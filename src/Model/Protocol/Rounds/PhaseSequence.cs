using MnistDistributed.Model.Protocol.Membership;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Protocol.Rounds;

/// <summary>Which phase a term is in, and the rounds that it goes through.</summary>
/// <param name="plan">The run's plan.</param>
/// <param name="state">Which steps are done.</param>
/// <param name="steps">The steps.</param>
/// <param name="evaluations">The evaluations.</param>
/// <param name="board">Who computes what.</param>
/// <param name="sessions">Who takes part.</param>
/// <param name="minWorkers">Fewer workers get no orders.</param>
internal sealed class PhaseSequence(
    SlotPlan plan, TrainingState state, StepRound steps, EvaluationRound evaluations, WorkBoard board, Sessions sessions, int minWorkers)
{
    private RunPhase _phase;
    private int _epochsEvaluated;
    private bool _isPaused;
    private bool _isClosed;

    /// <summary>The phase.</summary>
    public RunPhase Phase => IsGivenUp ? RunPhase.Paused : _phase;

    /// <summary>The round in progress; null if there is none.</summary>
    public Round? Round => _phase switch
    {
        RunPhase.Training => steps,
        RunPhase.Validating or RunPhase.Testing => evaluations,
        _ => null,
    };

    /// <summary>The round in progress, if work of it is ordered: only while enough workers take part.</summary>
    public Round? OrderedRound => HasTooFewWorkers ? null : Round;

    /// <summary>Whether workers have nothing left to do.</summary>
    public bool IsOver => _isClosed || _phase is RunPhase.Done or RunPhase.Failed;

    private bool HasTooFewWorkers => sessions.Present < minWorkers;

    /// <summary>Whether a pause has to wait no longer for the round in progress: nobody is ordered the rest of it.</summary>
    private bool IsGivenUp => _isPaused && Round is not null && HasTooFewWorkers;

    /// <summary>The term begins, as if after a pause.</summary>
    public void Begin(int epochsEvaluated, bool isPaused)
    {
        (_phase, _epochsEvaluated, _isPaused) = (RunPhase.Paused, epochsEvaluated, isPaused);
        Proceed();
    }

    /// <summary>Whether a push of this term counts.</summary>
    /// <param name="phase">The phase that it is an answer of.</param>
    /// <param name="step">The steps done when it was ordered.</param>
    public bool Awaits(RunPhase phase, int step) => !_isClosed && phase == _phase && step == state.Step;

    /// <summary>Makes what <see cref="Phase"/> says so for good, before a call could bring workers back.</summary>
    public void Reconcile()
    {
        if (IsGivenUp)
            Enter(RunPhase.Paused);
    }

    /// <summary>The round in progress is complete, and the next may begin.</summary>
    /// <returns>What it adds to the counters of the term.</returns>
    public TermCounters EndRound()
    {
        var counters = Round!.End();
        if (_phase == RunPhase.Validating)
            _epochsEvaluated = plan.EpochOf(state.Step);
        Proceed();
        return counters;
    }

    /// <summary>The epoch's result is taken.</summary>
    public void Continue(int step)
    {
        if (_phase == RunPhase.EpochDone && step == state.Step)
            Proceed();
    }

    /// <summary>Nothing begins after the round in progress.</summary>
    public void Pause()
    {
        _isPaused = true;
        Reconcile();
    }

    /// <summary>The pause is over.</summary>
    public void Resume()
    {
        _isPaused = false;
        if (_phase == RunPhase.Paused)
            Proceed();
    }

    /// <summary>The term ends where it is.</summary>
    public void Close() => _isClosed = true;

    /// <summary>The run cannot go on.</summary>
    public void Fail() => _phase = RunPhase.Failed;

    private void Proceed() => Enter(NextPhase.After(
        _phase, _isPaused, owesValidation: _epochsEvaluated < plan.EpochOf(state.Step), hasSteps: state.Step < plan.TotalSteps));

    private void Enter(RunPhase phase)
    {
        _phase = phase;
        if (Round is not { } round)
        {
            board.Reset(0);
            return;
        }

        sessions.EndProbations();
        if (phase == RunPhase.Training)
            steps.Begin();
        else
            evaluations.Begin(phase == RunPhase.Testing ? EvaluationSet.Test : EvaluationSet.Validation);
        // An evaluation of no images.
        if (round.IsComplete)
            EndRound();
    }
}
