using MnistDistributed.Model.Protocol.Membership;
using MnistDistributed.Model.Protocol.Rounds;
using MnistDistributed.Model.Protocol.Verdicts;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Protocol;

/// <summary>
/// One term of a run's parameter server as plain state: which sessions there are, who is ordered what, which blocks are held, when a step
/// is complete and what follows it. The grain around it only receives, asks and answers; it calls from one thread at a time.
/// </summary>
public sealed class TrainingProtocol
{
    /// <summary>Version of the messages and their meaning. A worker of another version is refused.</summary>
    public const int Version = 7;

    /// <summary>Incidents that are kept.</summary>
    public const int KeptIncidents = 16;

    /// <summary>Images of one evaluation order.</summary>
    public const int ChunkImages = 500;

    private readonly Admission _admission;
    private readonly Sessions _sessions;
    private readonly StepRound _steps;
    private readonly EvaluationRound _evaluations;
    private readonly PhaseSequence _phases;
    private readonly PushReceiver _pushes;
    private readonly PublishedWeights _published;
    private readonly TermLog _log;

    /// <summary>Opens a term.</summary>
    /// <param name="term">The term, counted by the coordinator.</param>
    /// <param name="spec">The run.</param>
    /// <param name="state">Where to begin; taken over, not copied.</param>
    /// <param name="epochsEvaluated">Epochs whose validation the coordinator holds already.</param>
    /// <param name="testImages">Number of test images.</param>
    /// <param name="fingerprint">Hash of the gradient of one fixed micro-batch, which every worker has to reproduce.</param>
    /// <param name="time">The clock of the leases.</param>
    /// <param name="options">How the term is run.</param>
    /// <exception cref="ArgumentException">The parts do not belong together.</exception>
    public TrainingProtocol(
        int term, RunSpec spec, TrainingState state, int epochsEvaluated, int testImages, string fingerprint, TimeProvider time,
        TermOptions options)
    {
        Term = term;
        Spec = spec;
        State = state;
        var plan = new SlotPlan(spec);
        if (TermCheck.Problem(plan, state.Step, epochsEvaluated, testImages, options.MinWorkers) is { } problem)
            throw new ArgumentException(problem);

        _log = new TermLog(KeptIncidents, options.Meter);
        var clock = new StepClock(time, options.Meter);
        var board = new WorkBoard(time);
        _admission = new Admission(spec, fingerprint);
        _sessions = new Sessions(time, board, options.Leases);
        _steps = new StepRound(spec, plan, state, board, _sessions, new Pace(options.Leases), clock);
        _evaluations = new EvaluationRound(spec.Validation, testImages, spec.Network.Classes, board, _sessions, new Pace(options.Leases));
        _phases = new PhaseSequence(plan, state, _steps, _evaluations, board, _sessions, options.MinWorkers);
        _pushes = new PushReceiver(term, new PushJudge(time, board, _sessions), _sessions, _phases, _log);
        _published = new PublishedWeights(state, clock);
        _phases.Begin(epochsEvaluated, options.IsPaused);
    }

    /// <summary>The term.</summary>
    public int Term { get; }

    /// <summary>The run.</summary>
    public RunSpec Spec { get; }

    /// <summary>Weights, moments and position, consistent between calls.</summary>
    public TrainingState State { get; }

    /// <summary>What the last step that was done in this term was made of; null before the first.</summary>
    public DoneStep? LastStep => _steps.LastStep;

    /// <summary>L2 norm of the last step's mean gradient, before it was clipped; null before the term's first step.</summary>
    public double? GradientNorm => _steps.GradientNorm;

    /// <summary>The phase.</summary>
    public RunPhase Phase => _phases.Phase;

    /// <summary>
    /// Logits of the last evaluation, <c>[images, classes]</c>; complete in <see cref="RunPhase.EpochDone"/> and
    /// <see cref="RunPhase.Done"/>.
    /// </summary>
    public ReadOnlySpan<float> Logits => _evaluations.Logits;

    /// <summary>
    /// Time until something may become open to a waiting session though nobody calls: a lease ends, an order is overdue, a session is late;
    /// null if nothing will. In whole milliseconds, rounded up.
    /// </summary>
    public TimeSpan? UntilLeaseEnds => _sessions.UntilChange;

    /// <summary>Whether workers have nothing left to do.</summary>
    public bool IsOver => _phases.IsOver;

    /// <summary>
    /// Sessions that take part: those that are not late, on probation or not.
    /// With fewer than <see cref="TermOptions.MinWorkers"/> the run waits.
    /// </summary>
    public int Workers => _sessions.Present;

    /// <summary>The names of these workers, in the order in which they joined.</summary>
    public IReadOnlyList<string> WorkerNames => _sessions.Workers;

    /// <summary>The silo of a session; null if there is no such session.</summary>
    public string? SiloOf(Guid session) => _sessions.SiloOf(session);

    /// <summary>Images evaluated in the running evaluation.</summary>
    public int Evaluated => _phases.Round == _evaluations ? _evaluations.ImagesDone : _evaluations.Images;

    /// <summary>Images of the running evaluation.</summary>
    public int ToEvaluate => _evaluations.Images;

    /// <summary>What happened in this term so far; of what a silo measures, seconds and bytes, nothing.</summary>
    public TermCounters Counters => _log.Counters with { LostWorkers = _sessions.Lost };

    /// <summary>Why a worker was last refused or gave up; null if somebody has joined since.</summary>
    public string? Trouble => _log.Trouble;

    /// <summary>What people should know of this term, each as one line: refused workers, rejected pushes. The last, oldest first.</summary>
    public IReadOnlyList<string> Incidents => _log.Incidents;

    /// <summary>How many incidents there were in this term; the last of them are in <see cref="Incidents"/>.</summary>
    public int IncidentCount => _log.IncidentCount;

    /// <summary>Why the run failed; null if it did not.</summary>
    public string? Failure => _log.Failure;

    /// <summary>A worker joins with a new session.</summary>
    /// <returns>Null if it takes part; otherwise why it is refused.</returns>
    public string? Join(WorkerHello hello)
    {
        string? refusal = _admission.Refusal(hello);
        // Once somebody takes part, why others could not is no longer what holds the run up.
        _log.Trouble = refusal;
        _log.Add(refusal);
        if (refusal is not null)
        {
            _log.Count(new TermCounters { RefusedWorkers = 1 });
            return refusal;
        }

        _phases.Reconcile();
        _sessions.RemoveSilent();
        _sessions.Join(hello);
        return null;
    }

    /// <summary>A session is known to be gone; its work is offered to others.</summary>
    /// <param name="session">The session; one that never joined may say why.</param>
    /// <param name="trouble">Why it could not go on; null if it just ends.</param>
    public void Leave(Guid session, string? trouble = null)
    {
        _log.Count(new TermCounters { GivenUpWorkers = trouble is null ? 0 : 1 });
        _log.Trouble = trouble ?? _log.Trouble;
        _log.Add(trouble);
        _sessions.Remove(session);
        _phases.Reconcile();
    }

    /// <summary>A session asks what next. Never waits.</summary>
    /// <param name="id">The session.</param>
    /// <param name="term">Term of the weights that it holds; 0 for none.</param>
    /// <param name="step">Step of the weights that it holds.</param>
    public NextAnswer Next(Guid id, int term, int step)
    {
        _phases.Reconcile();
        if (IsOver)
            return new(NextKind.Stop);
        if (!_sessions.TryHear(id, out var session))
            return new(NextKind.Join);
        Holds(id, term, step);
        // Who asks while there are no orders need not fear for its share.
        if (_phases.OrderedRound is not { } round)
            return new(NextKind.AskAgain);
        var answer = round.Next(session, Term, State.Step, needsWeights: term != Term || step != State.Step);
        _log.Count(answer.Counters);
        return answer;
    }

    /// <summary>The weights of the steps that are done, for a session whose order needs them.</summary>
    public SentWeights WeightsFor(Guid session) => _published.For(session);

    /// <summary>
    /// A session pushes the gradients of one order. Validated whole before any of it counts. The memory that they are in must not change
    /// until the session is given an order of a later step.
    /// </summary>
    /// <param name="id">The session.</param>
    /// <param name="term">Term of the order.</param>
    /// <param name="step">Step of the order.</param>
    /// <param name="blocks">What was computed.</param>
    /// <param name="order">Number of the order; null for the session's last one.</param>
    /// <param name="fellows">Other sessions whose gradients are in these blocks: what they were ordered is answered, too.</param>
    public PushResult Push(
        Guid id, int term, int step, IReadOnlyList<BlockGradient> blocks, int? order = null, IReadOnlyList<Guid>? fellows = null)
    {
        Holds(id, term, step);
        return _pushes.Receive(_steps, RunPhase.Training, id, term, step, order, blocks, fellows ?? []);
    }

    /// <summary>A session pushes the logits of one chunk of images. The first push of a chunk counts.</summary>
    /// <param name="id">The session.</param>
    /// <param name="term">Term of the order.</param>
    /// <param name="step">Step of the order.</param>
    /// <param name="chunk">What was computed.</param>
    /// <param name="order">Number of the order; null for the session's last one.</param>
    public PushResult PushLogits(Guid id, int term, int step, LogitsChunk chunk, int? order = null) => _pushes.Receive(
        _evaluations, chunk.Images == EvaluationSet.Test ? RunPhase.Testing : RunPhase.Validating, id, term, step, order, [chunk], []);

    /// <summary>The coordinator has taken the epoch's result; the run goes on. A call for another step changes nothing.</summary>
    public void Continue(int step) => _phases.Continue(step);

    /// <summary>
    /// After the step or the evaluation in progress nothing begins until <see cref="Resume"/>. It is given up, and done anew after the
    /// pause, where too few workers are left to go on with it.
    /// </summary>
    public void Pause() => _phases.Pause();

    /// <summary>The run goes on after <see cref="Pause"/>.</summary>
    public void Resume() => _phases.Resume();

    /// <summary>The coordinator ends the term where it is; workers stop, pushes are stale.</summary>
    public void Close() => _phases.Close();

    private void Holds(Guid session, int term, int step)
    {
        if (term == Term)
            _published.Holds(session, step);
    }
}
