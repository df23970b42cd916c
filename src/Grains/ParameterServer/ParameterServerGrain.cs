using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Telemetry;
using MnistDistributed.Grains.Workers;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Training;
using Orleans.Concurrency;

namespace MnistDistributed.Grains.ParameterServer;

/// <summary>
/// The parameter server of one run: receives, asks <see cref="TrainingProtocol"/>, and answers. Reentrant, so that sessions can wait for
/// the next step inside <see cref="Next"/> while others push: calls take turns at each await, and never run at once.
/// </summary>
/// <param name="context">Its place in the cluster.</param>
/// <param name="silo">This silo.</param>
/// <param name="servers">The parameter servers of this silo.</param>
/// <param name="time">The clock of the leases and of held calls.</param>
/// <param name="meters">Where to count.</param>
/// <param name="logger">Where to say what happened.</param>
[Reentrant]
public sealed partial class ParameterServerGrain(
    IGrainContext context, ILocalSiloDetails silo, LocalServers servers, TimeProvider time, RunMeters meters,
    ILogger<ParameterServerGrain> logger)
    : IGrainBase, IParameterServerGrain
{
    private static readonly TimeSpan OfferHold = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan NextHold = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan WatchHold = TimeSpan.FromMilliseconds(250);

    private readonly string _run = context.GrainId.Key.ToString()!;
    private readonly Dictionary<Guid, long> _waiters = [];
    private readonly Dictionary<string, (int Step, Guid Session)> _sent = new(StringComparer.Ordinal);
    private long _tickets;
    private readonly Signal _changed = new(time);
    private readonly StepSpan _span = new(context.GrainId.Key.ToString()!);
    private TrainingProtocol? _protocol;
    private string _spec = "";
    private Guid _coordinator;
    private TermCounters _measured;
    private RunMeter? _meter;

    /// <summary>The term that is open here; null if none is.</summary>
    public TrainingProtocol? Protocol => _protocol;

    /// <inheritdoc/>
    public IGrainContext GrainContext => context;

    /// <inheritdoc/>
    public Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token)
    {
        Closed(_protocol?.Term ?? 0);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<OpenReply> Open(OpenRequest request)
    {
        if (servers.IsLeaving && _protocol is null)
        {
            // Who waits for an offer would keep it here.
            _changed.Set();
            this.DeactivateOnIdle();
            return Task.FromResult(Later);
        }

        return Task.FromResult(OpenHere(request));
    }

    /// <inheritdoc/>
    public async Task<RunOffer> Offer()
    {
        long began = time.GetTimestamp();
        while (_protocol is null && !servers.IsLeaving && time.GetElapsedTime(began) < OfferHold)
            await _changed.Wait(OfferHold - time.GetElapsedTime(began));
        return new RunOffer
        {
            IsOpen = _protocol is not null,
            IsOver = _protocol?.IsOver == true,
            Spec = _spec,
            ProtocolVersion = TrainingProtocol.Version,
            NumericsVersion = _protocol?.Spec.NumericsVersion ?? 0,
        };
    }

    /// <inheritdoc/>
    public Task<JoinReply> Join(JoinRequest request)
    {
        if (_protocol is null)
            return Task.FromResult(new JoinReply { IsOpen = false, Refusal = null });
        var hello = new WorkerHello(
            request.Session, request.Worker, request.ProtocolVersion, request.NumericsVersion, request.DataDigest, request.Fingerprint)
        {
            Silo = WorkerName.SiloOf(request.Worker),
        };
        string? refusal = _protocol.Join(hello);
        if (refusal is not null)
            LogRefused(_run, refusal);
        // With the one who joins there may be enough to go on.
        _changed.Set();
        return Task.FromResult(new JoinReply { IsOpen = true, Refusal = refusal });
    }

    /// <inheritdoc/>
    public Task Leave(Guid session, string? trouble)
    {
        _protocol?.Leave(session, trouble);
        _changed.Set();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<NextReply> Next(Guid session, int term, int step)
    {
        // One waiter a session: an older call, whose caller has given up, is answered now.
        long ticket = ++_tickets;
        bool supersedes = _waiters.ContainsKey(session);
        _waiters[session] = ticket;
        if (supersedes)
            _changed.Set();
        try
        {
            return await NextOrWait(session, term, step, ticket);
        }
        finally
        {
            if (_waiters.GetValueOrDefault(session) == ticket)
                _waiters.Remove(session);
        }
    }

    /// <inheritdoc/>
    public Task<PushReply> Push(GradientPush push)
    {
        if (_protocol is null)
            return Task.FromResult(NotOpen);
        var blocks = Array.ConvertAll(push.Blocks, block => new BlockGradient(
            new Block(block.First, block.Count), block.Gradient, new BlockSum(block.Loss, block.Hits, block.Samples), block.Digest));
        var arrived = time.GetUtcNow();
        var result = _protocol.Push(push.Session, push.Term, push.Step, blocks, push.Order, push.Fellows);
        if (result.StepDone)
            _span.Done(arrived);
        long received = push.Blocks.Sum(block => (long)block.Gradient.Length);
        double seconds = push.ComputeSeconds >= 0 && double.IsFinite(push.ComputeSeconds) ? push.ComputeSeconds : 0;
        _measured += new TermCounters { ComputeSeconds = seconds, Bytes = received };
        _meter?.Received(received);
        return Task.FromResult(Reply(push.Session, push.Term, push.Step, result, push.AsksNext));
    }

    /// <inheritdoc/>
    public Task<PushReply> PushLogits(LogitsPush push)
    {
        if (_protocol is null)
            return Task.FromResult(NotOpen);
        var chunk = new LogitsChunk(push.Images, push.First, push.Logits, push.Digest);
        var result = _protocol.PushLogits(push.Session, push.Term, push.Step, chunk, push.Order);
        return Task.FromResult(Reply(push.Session, push.Term, push.Step, result, asksNext: true));
    }

    /// <inheritdoc/>
    public async Task<WatchReply> Watch(int term, RunPhase? seen)
    {
        long began = time.GetTimestamp();
        while (true)
        {
            if (Current(term) is not { } protocol)
                return new WatchReply { Term = _protocol?.Term ?? 0, Status = null };
            var left = WatchHold - time.GetElapsedTime(began);
            if (protocol.Phase != seen || left <= TimeSpan.Zero || servers.IsLeaving)
                return new WatchReply { Term = term, Status = Status(protocol) };
            await _changed.Wait(left);
        }
    }

    /// <inheritdoc/>
    public Task<byte[]?> Snapshot(int term) => Task.FromResult(Current(term)?.State.ToBytes());

    /// <inheritdoc/>
    public Task<byte[]?> HandOver(int term)
    {
        if (Current(term) is not { } protocol)
            return Task.FromResult<byte[]?>(null);
        byte[] state = protocol.State.ToBytes();
        _protocol = null;
        Closed(term);
        LogHandedOver(_run, term, protocol.State.Step);
        _changed.Set();
        this.DeactivateOnIdle();
        return Task.FromResult<byte[]?>(state);
    }

    /// <inheritdoc/>
    public Task Leaving()
    {
        _changed.Set();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<byte[]?> Logits(int term, int step) => Task.FromResult(
        Current(term) is { Phase: RunPhase.EpochDone or RunPhase.Done } protocol && protocol.State.Step == step
            ? MemoryMarshal.AsBytes(protocol.Logits).ToArray()
            : null);

    /// <inheritdoc/>
    public Task Continue(int term, int step)
    {
        Current(term)?.Continue(step);
        _changed.Set();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<bool> Pause(int term)
    {
        Current(term)?.Pause();
        _changed.Set();
        return Task.FromResult(Current(term) is not null);
    }

    /// <inheritdoc/>
    public Task<bool> Resume(int term)
    {
        Current(term)?.Resume();
        _changed.Set();
        return Task.FromResult(Current(term) is not null);
    }

    /// <inheritdoc/>
    public Task Close(int term)
    {
        if (Current(term) is { } protocol)
        {
            protocol.Close();
            Closed(term);
        }

        _changed.Set();
        return Task.CompletedTask;
    }

    private OpenReply OpenHere(OpenRequest request)
    {
        if (_protocol is not null && request.Term <= _protocol.Term)
            return Answer(Refusal(request.Term, _protocol.Term, request.Coordinator));
        if (request.ProtocolVersion != TrainingProtocol.Version)
        {
            return Answer($"The coordinator has protocol version {request.ProtocolVersion}, the silo that would hold the parameter server"
                + $" has {TrainingProtocol.Version}: run the same version everywhere.");
        }

        if (!TrainingState.IsAsSent(request.State))
            return Later;
        try
        {
            var spec = RunSpecJson.Read(request.Spec, $"the spec of run {_run}");
            if (RunSpecCheck.ArithmeticProblem(spec) is { } problem)
                return Answer(problem);
            if (MessageSize.Problem((long)request.TestImages * spec.Network.Classes * sizeof(float), "set of test logits") is { } tooLarge)
                return Answer(tooLarge);
            var state = TrainingState.FromBytes(request.State, spec);
            _meter ??= meters.Take(_run);
            _protocol = new TrainingProtocol(
                request.Term, spec, state, request.EpochsEvaluated, request.TestImages, request.Fingerprint, time,
                new TermOptions { MinWorkers = request.MinWorkers, IsPaused = request.IsPaused, Meter = _meter.Protocol });
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException)
        {
            return Answer(e.Message);
        }

        _spec = request.Spec;
        _coordinator = request.Coordinator;
        _measured = default;
        _sent.Clear();
        _span.BeginTerm();
        servers.Opened(_run, request.Term);
        LogOpened(_run, request.Term, _protocol.State.Step);
        _changed.Set();
        return Answer(null);
    }

    private void Closed(int term)
    {
        servers.Closed(_run, term);
        _span.End();
        if (_meter is not null)
            meters.Release(_run);
        _meter = null;
    }

    private static OpenReply Later { get; } = new() { Problem = null, TryAgain = true, Silo = null };

    private OpenReply Answer(string? problem) =>
        new() { Problem = problem, TryAgain = false, Silo = problem is null ? context.Address.SiloAddress : null };

    /// <summary>Why a term cannot be opened that is not above the current one; null if it is the current one, asked for again.</summary>
    private string? Refusal(int term, int current, Guid coordinator)
    {
        if (term < current)
            return $"Term {term} is over: term {current} is open.";
        return coordinator == _coordinator ? null
            : $"Another coordinator trains a run {_run} on this cluster: start again, and the run gets another name.";
    }

    private async Task<NextReply> NextOrWait(Guid session, int term, int step, long ticket)
    {
        long began = time.GetTimestamp();
        while (true)
        {
            var answer = _protocol?.Next(session, term, step) ?? new NextAnswer(NextKind.Join);
            if (answer.Order is { } order)
                return Reply(session, order, holdsNone: term == 0);
            var left = NextHold - time.GetElapsedTime(began);
            if (answer.Kind != NextKind.AskAgain || left <= TimeSpan.Zero)
                return Reply(answer.Kind);
            await _changed.Wait(_protocol!.UntilLeaseEnds is { } lease && lease < left ? lease : left);
            if (_waiters.GetValueOrDefault(session) != ticket)
                return Reply(NextKind.AskAgain);
        }
    }

    private static PushReply NotOpen { get; } = new() { Outcome = PushOutcome.Stale, Next = null };

    private PushReply Reply(Guid session, int term, int step, PushResult result, bool asksNext)
    {
        if (result.Outcome == PushOutcome.Malformed)
            LogMalformed(_run, session, step);
        // Something has begun, or what the session held is open to those who wait.
        if (result.StepDone || result.PhaseChanged || result.Outcome is PushOutcome.Malformed or PushOutcome.Rejected)
            _changed.Set();
        // Who answered with what cannot be used comes after those who wait.
        bool isUsed = result.Outcome is PushOutcome.Accepted or PushOutcome.Stale;
        var order = asksNext && isUsed ? _protocol!.Next(session, term, step).Order : null;
        return new PushReply { Outcome = result.Outcome, Next = order is null ? null : Reply(session, order, holdsNone: false) };
    }

    /// <summary>Whether another session of a silo was sent the weights of a step; if not, it is this one now that is.</summary>
    private bool AreInSilo(Guid session, int step)
    {
        string? to = _protocol!.SiloOf(session);
        // Within this silo they are not copied at all.
        if (to is null || to == silo.Name)
            return false;
        if (_sent.TryGetValue(to, out var last) && last.Step == step && last.Session != session)
            return true;
        _sent[to] = (step, session);
        return false;
    }

    private TrainingProtocol? Current(int term) => _protocol?.Term == term ? _protocol : null;

    private TermStatus Status(TrainingProtocol protocol) => new()
    {
        Phase = protocol.Phase,
        Step = protocol.State.Step,
        Loss = protocol.State.EpochSum.Loss,
        Hits = protocol.State.EpochSum.Hits,
        Samples = protocol.State.EpochSum.Samples,
        Workers = protocol.Workers,
        Evaluated = protocol.Evaluated,
        ToEvaluate = protocol.ToEvaluate,
        Counters = protocol.Counters + _measured,
        Trouble = protocol.Trouble,
        Incidents = [.. protocol.Incidents],
        IncidentCount = protocol.IncidentCount,
        Failure = protocol.Failure,
        IsLeaving = servers.IsLeaving,
        Silos = protocol.WorkerNames.DistinctBy(WorkerName.SiloOf).Count(),
        GradientNorm = protocol.GradientNorm,
    };

    private static NextReply Reply(NextKind kind) =>
        new()
        {
            Kind = kind, Term = 0, Step = 0, Order = 0, Images = null, Blocks = [], First = 0, Count = 0, Weights = null, WeightsDigest = 0,
        };

    private NextReply Reply(Guid session, WorkOrder order, bool holdsNone)
    {
        var weights = order.NeedsWeights ? _protocol!.WeightsFor(session) : null;
        bool areInSilo = weights is not null && AreInSilo(session, order.Step) && !holdsNone;
        long sent = areInSilo ? 0 : weights?.Bytes.Length ?? 0;
        _measured += new TermCounters { Bytes = sent };
        _meter?.Transmitted(sent);
        return new NextReply
        {
            Kind = NextKind.Work,
            Term = order.Term,
            Step = order.Step,
            Images = order.Images,
            Blocks = order.Blocks.SelectMany(block => new[] { block.First, block.Count }).ToArray(),
            First = order.First,
            Count = order.Count,
            Weights = areInSilo ? null : weights?.Bytes,
            WeightsDigest = weights?.Digest ?? 0,
            Order = order.Number,
            Trace = order.Images is null ? _span.Ordered(order.Term, order.Step) : null,
        };
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {Run}: term {Term} is open at step {Step}")]
    private partial void LogOpened(string run, int term, int step);

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {Run}: term {Term} is handed over at step {Step}")]
    private partial void LogHandedOver(string run, int term, int step);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {Run} refused a worker: {Refusal}")]
    private partial void LogRefused(string run, string refusal);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {Run}: session {Session} sent a malformed push for step {Step}")]
    private partial void LogMalformed(string run, Guid session, int step);
}
