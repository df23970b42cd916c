using System.Runtime.InteropServices;
using MnistDistributed.Model.Network;
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
    public const int Version = 2;

    /// <summary>Incidents that are kept.</summary>
    public const int KeptIncidents = 16;

    /// <summary>Images of one evaluation order.</summary>
    public const int ChunkImages = 500;

    private const string NotFinite = "with NaN or infinity";
    private const string WrongDigest = "whose digest is not that of its bytes";
    private const string Diverged = "the training has diverged. Train with a lower learning rate, or with a bound on the gradient's norm.";
    private const string Broken = "the workers' program or machines are broken. Run one version everywhere, and look at memory and network.";

    private readonly TimeProvider _time;
    private readonly TermOptions _options;
    private readonly string _fingerprint;
    private readonly int _testImages;
    private readonly SlotPlan _plan;
    private readonly StepUpdate _update;
    private readonly WorkBoard _board;
    private readonly GradientTree _tree;
    private readonly Sessions _sessions;
    private readonly Pace _slotPace;
    private readonly Pace _chunkPace;
    private readonly FlawedAnswers _flawed = new();
    private readonly IncidentLog _incidents = new(KeptIncidents);
    private float[] _logits = [];
    private string?[] _evaluators = [];
    private RunPhase _phase;
    private bool _owesValidation;
    private bool _isPaused;
    private bool _isClosed;
    private int _rejectedPushes;
    private int _stalePushes;
    private string? _trouble;
    private string? _failure;

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
        int term, RunSpec spec, TrainingState state, int epochsEvaluated, int testImages, string fingerprint, TimeProvider time, TermOptions options)
    {
        Term = term;
        Spec = spec;
        State = state;
        _testImages = testImages;
        _fingerprint = fingerprint;
        _time = time;
        _options = options;
        _isPaused = options.IsPaused;
        _plan = new SlotPlan(spec);
        _update = new StepUpdate(spec, _plan);
        _board = new WorkBoard(time);
        _tree = new GradientTree(spec.Slots, state.Weights.Length);
        _sessions = new Sessions(time, options.Leases);
        _slotPace = new Pace(options.Leases);
        _chunkPace = new Pace(options.Leases);
        int epochs = _plan.EpochOf(state.Step);
        if (epochsEvaluated > epochs || epochsEvaluated < epochs - (_plan.StepInEpoch(state.Step) == 0 ? 1 : 0) || testImages < 1)
        {
            throw new ArgumentException(
                $"A run of {epochs} epochs so far, {epochsEvaluated} of them evaluated, with {testImages} test images cannot be opened.");
        }

        if (options.MinWorkers < 1 || options.MinWorkers > spec.Slots)
        {
            throw new ArgumentException(
                $"A run of {spec.Slots} slots cannot wait for {options.MinWorkers} workers: the least is 1, the most is one for each slot.");
        }

        _owesValidation = epochsEvaluated < epochs;
        Proceed();
    }

    /// <summary>The term.</summary>
    public int Term { get; }

    /// <summary>The run.</summary>
    public RunSpec Spec { get; }

    /// <summary>Weights, moments and position, consistent between calls.</summary>
    public TrainingState State { get; }

    /// <summary>Samples of the last step that was done in this term.</summary>
    public int LastStepSamples { get; private set; }

    /// <summary>What the last step that was done in this term was made of; null before the first.</summary>
    public DoneStep? LastStep { get; private set; }

    /// <summary>What had to be ordered again in this term.</summary>
    public OrderCounts Orders { get; private set; }

    /// <summary>The phase.</summary>
    public RunPhase Phase => IsGivenUp ? RunPhase.Paused : _phase;

    /// <summary>Logits of the last evaluation, <c>[images, 10]</c>; complete in <see cref="RunPhase.EpochDone"/> and <see cref="RunPhase.Done"/>.</summary>
    public ReadOnlySpan<float> Logits => _logits;

    /// <summary>
    /// Time until something may become open to a waiting session though nobody calls: a lease ends, an order is overdue, a session is late; null if
    /// nothing will. In whole milliseconds, rounded up.
    /// </summary>
    public TimeSpan? UntilLeaseEnds
    {
        get
        {
            long first = Math.Min(_board.NextChange ?? long.MaxValue, _sessions.NextDeadline ?? long.MaxValue);
            if (first == long.MaxValue)
                return null;
            // Timers drop what is less than a millisecond, and who is woken too early asks in vain. By now it may also be in the past.
            double milliseconds = _time.GetElapsedTime(_time.GetTimestamp(), first).TotalMilliseconds;
            return TimeSpan.FromMilliseconds(Math.Max(0, Math.Ceiling(milliseconds)));
        }
    }

    /// <summary>Where the run is.</summary>
    public RunProgress Progress => new()
    {
        Term = Term,
        Phase = Phase,
        Step = State.Step,
        Epoch = State.EpochSum,
        Workers = _sessions.Present,
        Evaluated = IsEvaluating ? Math.Min(_board.Done * ChunkImages, ImagesToEvaluate) : ImagesToEvaluate,
        ToEvaluate = ImagesToEvaluate,
        RepeatedOrders = Orders.Repeated,
        SpeculativeOrders = Orders.Speculative,
        SpeculativeWins = Orders.Won,
        RejectedPushes = _rejectedPushes,
        StalePushes = _stalePushes,
        Trouble = _trouble,
        Incidents = _incidents.Last,
        IncidentCount = _incidents.Count,
        Failure = _failure,
    };

    private bool IsEvaluating => _phase is RunPhase.Validating or RunPhase.Testing;

    private bool IsWorking => _phase == RunPhase.Training || IsEvaluating;

    private bool HasTooFewWorkers => _sessions.Present < _options.MinWorkers;

    /// <summary>Whether a pause has to wait no longer for the work in progress: nobody is ordered the rest of it.</summary>
    private bool IsGivenUp => _isPaused && IsWorking && HasTooFewWorkers;

    /// <summary>Whether workers have nothing left to do.</summary>
    public bool IsOver => _isClosed || _phase is RunPhase.Done or RunPhase.Failed;

    private int ImagesToEvaluate => _logits.Length / CnnShape.Classes;

    private Pace CurrentPace => IsEvaluating ? _chunkPace : _slotPace;

    /// <summary>A worker joins with a new session.</summary>
    /// <returns>Null if it takes part; otherwise why it is refused.</returns>
    public string? Join(WorkerHello hello)
    {
        string? refusal =
            hello.ProtocolVersion != Version ? Differs("protocol version", hello.ProtocolVersion, Version)
            : hello.NumericsVersion != Spec.NumericsVersion ? Differs("numerics version", hello.NumericsVersion, Spec.NumericsVersion)
            : hello.DataDigest != Spec.DataDigest ? Differs("data digest", hello.DataDigest, Spec.DataDigest)
            : hello.Fingerprint != _fingerprint ? Differs("gradient fingerprint", hello.Fingerprint, _fingerprint)
            : hello.Session == Guid.Empty ? $"Worker {hello.Worker} sent an empty session id."
            : null;
        // Once somebody takes part, why others could not is no longer what holds the run up.
        _trouble = refusal;
        if (refusal is not null)
        {
            _incidents.Add(refusal);
            return refusal;
        }

        Settle();
        Forget();
        _sessions.Join(hello);
        return null;

        string Differs<T>(string what, T worker, T run) => $"Worker {hello.Worker} has {what} {worker}, the run has {run}.";
    }

    /// <summary>A session is known to be gone; its work is offered to others.</summary>
    /// <param name="session">The session; one that never joined may say why.</param>
    /// <param name="trouble">Why it could not go on; null if it just ends.</param>
    public void Leave(Guid session, string? trouble = null)
    {
        _trouble = trouble ?? _trouble;
        if (trouble is not null)
            _incidents.Add(trouble);
        if (_sessions.Remove(session))
            _board.Release(session);
        Settle();
    }

    /// <summary>A session asks what next. Never waits.</summary>
    /// <param name="id">The session.</param>
    /// <param name="term">Term of the weights that it holds; 0 for none.</param>
    /// <param name="step">Step of the weights that it holds.</param>
    public NextAnswer Next(Guid id, int term, int step)
    {
        Settle();
        if (IsOver)
            return new(NextKind.Stop);
        if (!_sessions.TryHear(id, out var session))
            return new(NextKind.Join);
        // Who asks while there are no orders need not fear for its share.
        if (!IsWorking || HasTooFewWorkers)
            return new(NextKind.AskAgain);
        var work = FindWork(session);
        Expect(session);
        return work is { } units ? new(NextKind.Work, Order(units, needsWeights: term != Term || step != State.Step)) : new(NextKind.AskAgain);
    }

    /// <summary>A session pushes the gradients of one order. Validated whole before any of it counts.</summary>
    public PushOutcome Push(Guid id, int term, int step, IReadOnlyList<BlockGradient> blocks)
    {
        Settle();
        _sessions.TryHear(id, out var session);
        var outcome =
            session is null || !IsCurrent(term, step, RunPhase.Training) ? Stale(session, term, step, blocks)
            : blocks.Count == 0 || !blocks.All(block => IsWellFormed(block, step)) ? Refuse(session, $"the order of step {step} with blocks, lengths or sums")
            : blocks.Where(IsFlawed).ToList() is { Count: > 0 } flawed ? Reject(session, step, blocks, flawed)
            : Take(session, step, blocks);
        if (session is not null)
            Expect(session);
        return outcome;
    }

    /// <summary>A session pushes the logits of one chunk of images. The first push of a chunk counts.</summary>
    public PushOutcome PushLogits(Guid id, int term, int step, LogitsChunk chunk)
    {
        Settle();
        _sessions.TryHear(id, out var session);
        var outcome =
            session is null || !IsCurrent(term, step, PhaseOf(chunk.Images)) ? Stale(session, term, step, chunk)
            : !IsWellFormed(chunk) ? Refuse(session, $"an order of the evaluation after step {step} with images or lengths")
            : IsFlawed(chunk) ? Reject(session, step, chunk)
            : Take(session, step, chunk);
        if (session is not null)
            Expect(session);
        return outcome;
    }

    /// <summary>The coordinator has taken the epoch's result; the run goes on. A call for another step changes nothing.</summary>
    public void Continue(int step)
    {
        if (_phase == RunPhase.EpochDone && step == State.Step)
            Proceed();
    }

    /// <summary>
    /// After the step or the evaluation in progress nothing begins until <see cref="Resume"/>. It is given up, and done anew after the pause, where
    /// too few workers are left to go on with it.
    /// </summary>
    public void Pause()
    {
        _isPaused = true;
        Settle();
    }

    /// <summary>The run goes on after <see cref="Pause"/>.</summary>
    public void Resume()
    {
        _isPaused = false;
        if (_phase == RunPhase.Paused)
            Proceed();
    }

    /// <summary>The coordinator ends the term where it is; workers stop, pushes are stale.</summary>
    public void Close() => _isClosed = true;

    /// <summary>Makes what <see cref="Phase"/> says so for good, before a call could bring workers back.</summary>
    private void Settle()
    {
        if (IsGivenUp)
            Proceed();
    }

    private void Proceed()
    {
        _board.Reset(0);
        if (_isPaused)
            _phase = RunPhase.Paused;
        else if (_owesValidation)
            BeginEvaluation(RunPhase.Validating, Spec.Validation);
        else if (State.Step < _plan.TotalSteps)
            BeginStep();
        else
            BeginEvaluation(RunPhase.Testing, _testImages);
    }

    private void BeginStep()
    {
        _phase = RunPhase.Training;
        _tree.Clear();
        _flawed.Clear();
        _sessions.EndProbations();
        Forget();
        _board.Reset(Spec.Slots);
        var members = _sessions.Members;
        _board.Share([.. members.Select(session => session.Id)], _slotPace);
        foreach (var session in members)
            _sessions.ExpectAlso(session, _board.LeaseEndOf(session.Id));
    }

    private void EndStep()
    {
        LastStep = new DoneStep(State.Step, _tree.Parts());
        LastStepSamples = _tree.Sum.Samples;
        _update.Apply(State, _tree.Gradient, _tree.Sum);
        _slotPace.EndRound();
        _owesValidation = _plan.StepInEpoch(State.Step) == 0;
        Proceed();
    }

    private void BeginEvaluation(RunPhase phase, int images)
    {
        _phase = phase;
        _logits = new float[images * CnnShape.Classes];
        _flawed.Clear();
        _sessions.EndProbations();
        _board.Reset(DivideUp(images, ChunkImages));
        _evaluators = new string?[_board.Units];
        if (images == 0)
            EndEvaluation();
    }

    private void EndEvaluation()
    {
        _phase = _phase == RunPhase.Testing ? RunPhase.Done : RunPhase.EpochDone;
        _owesValidation = false;
    }

    private Assignment? FindWork(Session session)
    {
        int members = _sessions.MemberCount;
        // Where no member is left, there is nobody whom those on probation could hold up.
        bool isMember = members == 0 || !session.IsOnProbation;
        int sharers = members == 0 ? _sessions.Present : isMember ? members : members + 1;
        var work = _board.Take(session.Id, isMember, most: IsEvaluating ? 1 : DivideUp(_board.Units, sharers), CurrentPace);
        if (work is not { IsNew: true } order)
            return work;
        Orders = Orders with { Repeated = Orders.Repeated + (order.IsRepeated ? 1 : 0), Speculative = Orders.Speculative + (order.IsSpeculative ? 1 : 0) };
        session.Order = new SessionOrder(
            State.Step, IsEvaluating, order.Units, order.IsSpeculative, _time.GetTimestamp(), _time.After(CurrentPace.Lease(order.Units.Count)));
        return work;
    }

    private WorkOrder Order(Assignment work, bool needsWeights)
    {
        var units = work.Units;
        var lease = CurrentPace.Lease(units.Count);
        return IsEvaluating
            ? new WorkOrder(
                Term, State.Step, _phase == RunPhase.Testing ? EvaluationSet.Test : EvaluationSet.Validation, [],
                units.First * ChunkImages, ChunkCount(units.First), lease, needsWeights)
            : new WorkOrder(Term, State.Step, null, Block.Cover(units.First, units.End), 0, 0, lease, needsWeights);
    }

    private PushOutcome Take(Session session, int step, IReadOnlyList<BlockGradient> blocks)
    {
        foreach (var block in blocks)
        {
            if (_tree.ConflictOf(block) is { } other)
            {
                Fail(OtherBits(session.Worker, other, $"block {block.Block} of step {step}"));
                return PushOutcome.Accepted;
            }
        }

        Measure(session, _slotPace, blocks.Sum(block => block.Block.Count));
        foreach (var block in blocks)
        {
            _tree.Add(block, session.Worker);
            Complete(session, step, block.Slots);
        }

        if (_tree.IsComplete)
            EndStep();
        return PushOutcome.Accepted;
    }

    private PushOutcome Take(Session session, int step, LogitsChunk chunk)
    {
        var units = Units(chunk);
        int count = ChunkCount(units.First);
        var place = MemoryMarshal.AsBytes(_logits.AsSpan(chunk.First * CnnShape.Classes, count * CnnShape.Classes));
        if (_evaluators[units.First] is { } other && !chunk.Logits.Span.SequenceEqual(place))
        {
            Fail(OtherBits(session.Worker, other, $"images {chunk.First} to {chunk.First + count - 1} after step {step}"));
            return PushOutcome.Accepted;
        }

        Measure(session, _chunkPace, 1);
        _chunkPace.EndRound();
        chunk.Logits.Span.CopyTo(place);
        _evaluators[units.First] ??= session.Worker;
        Complete(session, step, units);
        if (_board.IsComplete)
            EndEvaluation();
        return PushOutcome.Accepted;
    }

    private void Complete(Session session, int step, UnitRange units)
    {
        bool isFirst = false;
        for (int unit = units.First; unit < units.End; unit++)
            isFirst |= _board.Complete(unit);
        if (session.Order is not { } order || !order.Asks(step, IsEvaluating, units))
            return;
        Redeem(session, order);
        if (!isFirst || !order.IsSpeculative || order.HasWon)
            return;
        order.HasWon = true;
        Orders = Orders with { Won = Orders.Won + 1 };
    }

    private void Redeem(Session session, SessionOrder order)
    {
        if (_time.GetTimestamp() < order.LeaseEnd)
            session.Pass();
    }

    /// <summary>A push that changes nothing; but one that comes too late for its step may still be within the time of its order.</summary>
    private PushOutcome Stale(Session? session, int term, int step, IReadOnlyList<BlockGradient> blocks)
    {
        _stalePushes++;
        if (session is { IsOnProbation: true, Order: { } order } && term == Term && blocks.Count > 0
            && blocks.All(block => order.Asks(step, isEvaluation: false, block.Slots) && IsWellFormed(block, step) && !IsFlawed(block)))
        {
            Redeem(session, order);
        }

        return PushOutcome.Stale;
    }

    private PushOutcome Stale(Session? session, int term, int step, LogitsChunk chunk)
    {
        _stalePushes++;
        if (session is { IsOnProbation: true, Order: { } order } && term == Term && order.Asks(step, isEvaluation: true, Units(chunk)) && !IsFlawed(chunk))
            Redeem(session, order);
        return PushOutcome.Stale;
    }

    private PushOutcome Refuse(Session session, string what)
    {
        Distrust(session);
        _incidents.Add($"Worker {session.Worker} answered {what} that cannot be; what it held is ordered from others.");
        return PushOutcome.Malformed;
    }

    private PushOutcome Reject(Session session, int step, IReadOnlyList<BlockGradient> blocks, IReadOnlyList<BlockGradient> flawed)
    {
        string flaw = flawed.All(block => block.IsFinite) ? WrongDigest : NotFinite;
        return Reject(
            session, step, [.. blocks.Select(block => block.Slots)], [.. flawed.Select(block => (block.Slots, block.ComputeDigest()))], flaw,
            $"a gradient {flaw} for {Name(flawed)} of step {step}");
    }

    private PushOutcome Reject(Session session, int step, LogitsChunk chunk)
    {
        var units = Units(chunk);
        string flaw = chunk.IsFinite ? WrongDigest : NotFinite;
        return Reject(
            session, step, [units], [(units, chunk.ComputeDigest())], flaw,
            $"logits {flaw} for images {chunk.First} to {chunk.First + ChunkCount(units.First) - 1} after step {step}");
    }

    private PushOutcome Reject(
        Session session, int step, IReadOnlyList<UnitRange> pushed, IReadOnlyList<(UnitRange Units, ulong Bits)> flawed, string flaw, string what)
    {
        _rejectedPushes++;
        var order = session.Order;
        bool isHeld = pushed.All(_board.IsDone);
        Distrust(session);
        var redone = pushed.Where(_board.Redo).ToList();
        // A push that nobody ordered, that comes twice, or whose original another computes, says nothing about whether computing again helps.
        var answers = flawed.Where(answer => redone.Contains(answer.Units) && order?.Asks(step, IsEvaluating, answer.Units) == true).ToList();
        // One gradient, or many logits.
        var (it, its) = IsEvaluating ? ("they are", "another's are") : ("it is", "another's is");
        string next = isHeld ? $"{its} used" : _sessions.MemberCount > 0 ? $"{it} computed again elsewhere" : $"{it} computed again";
        _incidents.Add($"Worker {session.Worker} pushed {what}; {next}.");
        foreach (var (units, bits) in answers)
        {
            if (_flawed.Add(units, bits, session.Worker) is { } who && _failure is null)
                Fail($"{who} {what}: {(flaw == NotFinite ? Diverged : Broken)}");
        }

        return PushOutcome.Rejected;
    }

    private void Distrust(Session session)
    {
        session.PutOnProbation();
        session.Order = null;
        _board.Release(session.Id);
    }

    private bool IsCurrent(int term, int step, RunPhase phase) => !_isClosed && term == Term && step == State.Step && phase == _phase;

    private bool IsWellFormed(BlockGradient push, int step) =>
        push.Block.IsNodeOf(Spec.Slots)
        && push.Gradient.Length == State.Weights.Length * sizeof(float)
        && push.Sum.Samples == _plan.BlockSamples(step, push.Block.First, push.Block.Count)
        && push.Sum.Hits >= 0 && push.Sum.Hits <= push.Sum.Samples;

    private bool IsWellFormed(LogitsChunk chunk) =>
        chunk.First >= 0 && chunk.First % ChunkImages == 0 && chunk.First < ImagesToEvaluate
        && chunk.Logits.Length == ChunkCount(chunk.First / ChunkImages) * CnnShape.Classes * sizeof(float);

    private static bool IsFlawed(BlockGradient push) => !push.IsFinite || push.Digest != push.ComputeDigest();

    private static bool IsFlawed(LogitsChunk chunk) => !chunk.IsFinite || chunk.Digest != chunk.ComputeDigest();

    private static UnitRange Units(LogitsChunk chunk) => new(chunk.First / ChunkImages, chunk.First / ChunkImages + 1);

    private static RunPhase PhaseOf(EvaluationSet images) => images == EvaluationSet.Test ? RunPhase.Testing : RunPhase.Validating;

    private static string Name(IReadOnlyList<BlockGradient> blocks)
    {
        string[] names = [.. blocks.Select(block => block.Block).OrderBy(block => block.First).Select(Name)];
        return $"slot{(names.Length == 1 && blocks[0].Block.Count == 1 ? "" : "s")} {string.Join(", ", names)}";

        static string Name(Block block) => block.Count == 1 ? $"{block.First}" : $"{block.First} to {block.End - 1}";
    }

    private static string OtherBits(string worker, string other, string what) =>
        $"Workers {worker} and {other} computed different bits for {what}: a processor or a memory is broken, or the engine is not deterministic.";

    private void Fail(string why)
    {
        _failure = why;
        _phase = RunPhase.Failed;
    }

    private void Expect(Session session) => _sessions.Expect(session, _board.LeaseEndOf(session.Id));

    private void Forget()
    {
        foreach (var id in _sessions.Forget())
            _board.Release(id);
    }

    private void Measure(Session session, Pace pace, int units)
    {
        if (session.Order is { } order)
            pace.Add(_time.GetElapsedTime(order.IssuedAt), units);
    }

    private int ChunkCount(int chunk) => Math.Min(ChunkImages, ImagesToEvaluate - chunk * ChunkImages);

    private static int DivideUp(int count, int by) => (count + by - 1) / by;
}
