using System.Runtime.InteropServices;
using MnistDistributed.Model.Network;
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

    private readonly TimeProvider _time;
    private readonly TermOptions _options;
    private readonly string _fingerprint;
    private readonly int _testImages;
    private readonly SlotPlan _plan;
    private readonly StepUpdate _update;
    private readonly WorkBoard _board;
    private readonly GradientTree _tree;
    private readonly Dictionary<Guid, Session> _sessions = [];
    private readonly MedianWindow _slotSeconds = new(64);
    private float[] _logits = [];
    private string?[] _evaluators = [];
    private int _joined;
    private int _measuredSteps;
    private int _repeatedOrders;
    private int _stalePushes;
    private string? _trouble;
    private readonly Queue<string> _incidents = [];
    private int _incidentCount;
    private bool _isPaused;
    private string? _failure;
    private bool _isClosed;

    private sealed class Session(WorkerHello hello, int rank)
    {
        public WorkerHello Hello { get; } = hello;
        public int Rank { get; } = rank;
        public long LastSeen { get; set; }
        public long OrderedAt { get; set; }
        public bool IsLate { get; set; }
    }

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
        int epochs = _plan.EpochOf(state.Step);
        if (epochsEvaluated > epochs || epochsEvaluated < epochs - (_plan.StepInEpoch(state.Step) == 0 ? 1 : 0) || testImages < 1)
            throw new ArgumentException($"A run of {epochs} epochs so far, {epochsEvaluated} of them evaluated, with {testImages} test images cannot be opened.");
        if (state.Step > epochsEvaluated * _plan.StepsPerEpoch && state.Step % _plan.StepsPerEpoch == 0)
            EndEpoch();
        else
            BeginEpochOrTest();
    }

    /// <summary>The term.</summary>
    public int Term { get; }

    /// <summary>The run.</summary>
    public RunSpec Spec { get; }

    /// <summary>Weights, moments and position, consistent between calls.</summary>
    public TrainingState State { get; }

    /// <summary>Samples of the last step that was done in this term.</summary>
    public int LastStepSamples { get; private set; }

    /// <summary>The phase.</summary>
    public RunPhase Phase { get; private set; }

    /// <summary>Logits of the last evaluation, <c>[images, 10]</c>; complete in <see cref="RunPhase.EpochDone"/> and <see cref="RunPhase.Done"/>.</summary>
    public ReadOnlySpan<float> Logits => _logits;

    /// <summary>Time until a lease ends, when what is open may be offered to a waiting session; null if no lease runs.</summary>
    public TimeSpan? UntilLeaseEnds => _board.UntilExpiry;

    /// <summary>Where the run is.</summary>
    public RunProgress Progress => new()
    {
        Term = Term,
        Phase = Phase,
        Step = State.Step,
        Epoch = State.EpochSum,
        Workers = _sessions.Values.Count(session => !session.IsLate),
        Evaluated = IsEvaluating ? Math.Min(_board.Done * ChunkImages, ImagesToEvaluate) : ImagesToEvaluate,
        ToEvaluate = ImagesToEvaluate,
        RepeatedOrders = _repeatedOrders,
        SpeculativeOrders = 0,
        SpeculativeWins = 0,
        RejectedPushes = 0,
        StalePushes = _stalePushes,
        Trouble = _trouble,
        Incidents = [.. _incidents],
        IncidentCount = _incidentCount,
        Failure = _failure,
    };

    private bool IsEvaluating => Phase is RunPhase.Validating or RunPhase.Testing;

    private bool IsWorking => Phase == RunPhase.Training || IsEvaluating;

    /// <summary>Whether workers have nothing left to do.</summary>
    public bool IsOver => _isClosed || Phase is RunPhase.Done or RunPhase.Failed;

    private int ImagesToEvaluate => _logits.Length / CnnShape.Classes;

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
            Report(refusal);
        if (refusal is null && !_sessions.ContainsKey(hello.Session))
            _sessions.Add(hello.Session, new Session(hello, _joined++) { LastSeen = _time.GetTimestamp() });
        return refusal;

        string Differs<T>(string what, T worker, T run) => $"Worker {hello.Worker} has {what} {worker}, the run has {run}.";
    }

    /// <summary>A session is known to be gone; its work is offered to others.</summary>
    /// <param name="session">The session; one that never joined may say why.</param>
    /// <param name="trouble">Why it could not go on; null if it just ends.</param>
    public void Leave(Guid session, string? trouble = null)
    {
        _trouble = trouble ?? _trouble;
        if (trouble is not null)
            Report(trouble);
        if (_sessions.Remove(session))
            _board.Release(session);
    }

    /// <summary>A session asks what next. Never waits.</summary>
    /// <param name="id">The session.</param>
    /// <param name="term">Term of the weights that it holds; 0 for none.</param>
    /// <param name="step">Step of the weights that it holds.</param>
    public NextAnswer Next(Guid id, int term, int step)
    {
        if (IsOver)
            return new(NextKind.Stop);
        if (!_sessions.TryGetValue(id, out var session))
            return new(NextKind.Join);
        Seen(session);
        if (!IsWorking)
            return new(NextKind.AskAgain);

        MarkLate();
        session.IsLate = false;
        int share = IsEvaluating ? 1 : DivideUp(_board.Units, Math.Max(1, _sessions.Values.Count(other => !other.IsLate)));
        if (!_board.TryTake(id, share, Lease, out var work))
            return new(NextKind.AskAgain);
        if (work.IsRepeated)
            _repeatedOrders++;
        session.OrderedAt = _time.GetTimestamp();
        bool needsWeights = term != Term || step != State.Step;
        return new(NextKind.Work, IsEvaluating
            ? new WorkOrder(Term, State.Step, Phase == RunPhase.Testing ? EvaluationSet.Test : EvaluationSet.Validation, [],
                work.First * ChunkImages, ChunkCount(work.First), Lease(1), needsWeights)
            : new WorkOrder(Term, State.Step, null, Block.Cover(work.First, work.End), 0, 0, Lease(work.Count), needsWeights));
    }

    /// <summary>A session pushes the gradients of one order. Validated whole before any of it counts.</summary>
    public PushOutcome Push(Guid id, int term, int step, IReadOnlyList<BlockGradient> blocks)
    {
        if (!Admit(id, term, step, RunPhase.Training, out var session))
            return Stale();
        if (blocks.Count == 0 || !blocks.All(IsWellFormed))
            return PushOutcome.Malformed;
        foreach (var block in blocks)
        {
            if (_tree.ConflictOf(block) is { } other)
            {
                Fail(OtherBits(session.Hello.Worker, other, $"block {block.Block} of step {step}"));
                return PushOutcome.Accepted;
            }
        }

        Measure(session, blocks.Sum(block => block.Block.Count));
        foreach (var block in blocks)
        {
            _tree.Add(block, session.Hello.Worker);
            for (int slot = block.Block.First; slot < block.Block.End; slot++)
                _board.Complete(slot);
        }

        if (_tree.IsComplete)
            EndStep();
        return PushOutcome.Accepted;
    }

    /// <summary>A session pushes the logits of one chunk of images. The first push of a chunk counts.</summary>
    public PushOutcome PushLogits(Guid id, int term, int step, LogitsChunk chunk)
    {
        var phase = chunk.Images == EvaluationSet.Test ? RunPhase.Testing : RunPhase.Validating;
        if (!Admit(id, term, step, phase, out var session))
            return Stale();
        int index = chunk.First / ChunkImages;
        if (chunk.First % ChunkImages != 0 || index < 0 || index >= _board.Units
            || chunk.Logits.Length != ChunkCount(index) * CnnShape.Classes * sizeof(float) || chunk.Digest != LogitsChunk.DigestOf(chunk.Logits.Span))
        {
            return PushOutcome.Malformed;
        }

        var place = MemoryMarshal.AsBytes(_logits.AsSpan(chunk.First * CnnShape.Classes, ChunkCount(index) * CnnShape.Classes));
        if (_evaluators[index] is { } other)
        {
            if (!chunk.Logits.Span.SequenceEqual(place))
                Fail(OtherBits(session.Hello.Worker, other, $"images {chunk.First} to {chunk.First + ChunkCount(index) - 1} after step {step}"));
            return PushOutcome.Accepted;
        }

        chunk.Logits.Span.CopyTo(place);
        _evaluators[index] = session.Hello.Worker;
        _board.Complete(index);
        if (_board.IsComplete)
            Phase = phase == RunPhase.Testing ? RunPhase.Done : RunPhase.EpochDone;
        return PushOutcome.Accepted;
    }

    /// <summary>The coordinator has taken the epoch's result; the run goes on. A call for another step changes nothing.</summary>
    public void Continue(int step)
    {
        if (Phase == RunPhase.EpochDone && step == State.Step)
            BeginEpochOrTest();
    }

    /// <summary>After the step or the evaluation in progress no step begins until <see cref="Resume"/>. A step that nobody computes is given up.</summary>
    public void Pause()
    {
        _isPaused = true;
        if (Phase == RunPhase.Training && _sessions.Values.All(session => session.IsLate))
            BeginStep();
    }

    /// <summary>The run goes on after <see cref="Pause"/>.</summary>
    public void Resume()
    {
        _isPaused = false;
        if (Phase == RunPhase.Paused)
            BeginStep();
    }

    /// <summary>The coordinator ends the term where it is; workers stop, pushes are stale.</summary>
    public void Close() => _isClosed = true;

    private void BeginEpochOrTest()
    {
        if (State.Step < _plan.TotalSteps)
            BeginStep();
        else
            BeginEvaluation(RunPhase.Testing, _testImages);
    }

    private void BeginStep()
    {
        Phase = _isPaused ? RunPhase.Paused : RunPhase.Training;
        _tree.Clear();
        if (!_isPaused)
            Deal(Spec.Slots);
    }

    private void EndStep()
    {
        _update.Apply(State, _tree.Gradient, _tree.Sum);
        LastStepSamples = _tree.Sum.Samples;
        _measuredSteps++;
        if (State.Step % _plan.StepsPerEpoch == 0)
            EndEpoch();
        else
            BeginStep();
    }

    private void EndEpoch() => BeginEvaluation(RunPhase.Validating, Spec.Validation);

    private void BeginEvaluation(RunPhase phase, int images)
    {
        _logits = new float[images * CnnShape.Classes];
        Phase = images > 0 ? phase : phase == RunPhase.Testing ? RunPhase.Done : RunPhase.EpochDone;
        _board.Reset(DivideUp(images, ChunkImages));
        _evaluators = new string?[_board.Units];
    }

    private void Deal(int slots)
    {
        Forget();
        _board.Reset(slots);
        _board.Share(_sessions.Values.Where(session => !session.IsLate).OrderBy(session => session.Rank).Select(session => session.Hello.Session).ToList(), Lease);
    }

    private bool Admit(Guid id, int term, int step, RunPhase phase, out Session session)
    {
        if (_sessions.TryGetValue(id, out session!))
            Seen(session);
        return session is not null && !_isClosed && term == Term && step == State.Step && phase == Phase;
    }

    private bool IsWellFormed(BlockGradient push) =>
        push.Block.IsNodeOf(Spec.Slots)
        && push.Gradient.Length == State.Weights.Length * sizeof(float)
        && push.Sum.Samples == _plan.BlockSamples(State.Step, push.Block.First, push.Block.Count)
        && push.Sum.Hits >= 0 && push.Sum.Hits <= push.Sum.Samples
        && push.Digest == BlockGradient.DigestOf(push.Gradient.Span, push.Sum);

    private static string OtherBits(string worker, string other, string what) =>
        $"Workers {worker} and {other} computed different bits for {what}: a processor or a memory is broken, or the engine is not deterministic.";

    private PushOutcome Stale()
    {
        _stalePushes++;
        return PushOutcome.Stale;
    }

    private void Report(string incident)
    {
        // A worker that is refused tries again and again.
        if (_incidents.Contains(incident))
            return;
        _incidentCount++;
        _incidents.Enqueue(incident);
        if (_incidents.Count > KeptIncidents)
            _incidents.Dequeue();
    }

    private void Fail(string why)
    {
        _failure = why;
        Phase = RunPhase.Failed;
    }

    private void Seen(Session session)
    {
        session.LastSeen = _time.GetTimestamp();
        session.IsLate = false;
    }

    private void MarkLate()
    {
        foreach (var id in _board.LateSessions())
        {
            if (_sessions.TryGetValue(id, out var session))
                session.IsLate = true;
        }
    }

    private void Forget()
    {
        foreach (var (id, session) in _sessions)
        {
            if (session.IsLate && _time.GetElapsedTime(session.LastSeen) > _options.Leases.Forget)
                _sessions.Remove(id);
        }
    }

    private void Measure(Session session, int slots)
    {
        if (session.OrderedAt != 0)
            _slotSeconds.Add(_time.GetElapsedTime(session.OrderedAt).TotalSeconds / slots);
    }

    private TimeSpan Lease(int units)
    {
        if (_measuredSteps < _options.Leases.MeasuredSteps || IsEvaluating)
            return _options.Leases.Floor;
        var lease = TimeSpan.FromSeconds(_options.Leases.Multiple * _slotSeconds.Median() * units);
        return lease > _options.Leases.Minimum ? lease : _options.Leases.Minimum;
    }

    private int ChunkCount(int chunk) => Math.Min(ChunkImages, ImagesToEvaluate - chunk * ChunkImages);

    private static int DivideUp(int count, int by) => (count + by - 1) / by;
}
