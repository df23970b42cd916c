using System.Diagnostics;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Grains.Telemetry;
using MnistDistributed.Model;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Grains.Workers;

/// <summary>
/// A worker's life: join the run, then ask, compute and push until told to stop. It computes where it is started,
/// between its calls, so that has to be a thread of its own; every call out of it is an ordinary grain call.
/// </summary>
/// <param name="name">The worker's name, <c>run/silo/index</c>.</param>
/// <param name="server">The run's parameter server.</param>
/// <param name="source">The silo's data set.</param>
/// <param name="engines">Makes the engine of a run.</param>
/// <param name="time">The clock of its pauses.</param>
/// <param name="meter">Where to measure.</param>
/// <param name="relay">What it shares with the other workers of its silo and run.</param>
/// <param name="logger">Where to say what went wrong.</param>
public sealed partial class WorkerLoop(
    string name, IParameterServerGrain server, IDataSetSource source, Func<RunSpec, ImageSet, IGradientEngine> engines, TimeProvider time,
    WorkerMeter meter, SiloRelay relay, ILogger logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private TimeSpan _pause = FirstPause;
    private TimeSpan _nextPause = FirstPause;

    /// <summary>
    /// Whether it ended because the run refused the worker, or the worker cannot do what the run asks; asking again would not help.
    /// </summary>
    public bool WasRefused { get; private set; }

    /// <summary>Asks the loop to end after what it computes now.</summary>
    public void Stop() => _stop.Cancel();

    /// <summary>Takes part in the run until its end, or until told to stop.</summary>
    public async Task Run()
    {
        while (!_stop.IsCancellationRequested && await TakePart())
            await Task.Delay(_pause, time, _stop.Token).ConfigureAwait(
                ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    /// <summary>Takes part with one session, until it ends for whatever reason.</summary>
    /// <returns>Whether to try again with another session.</returns>
    private async Task<bool> TakePart()
    {
        var session = Guid.NewGuid();
        try
        {
            var offer = await server.Offer();
            if (offer.IsOver || !offer.IsOpen)
                return !offer.IsOver;
            return await Join(session, offer) is { } worker ? await Serve(session, worker) : !WasRefused;
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception e)
        {
            // Whatever fails here (a lost server, a call that timed out, a broken data file) ends this session; the run goes on without it.
            await GiveUp(session, e);
            // A spec that this build cannot read, or an engine whose native library is missing, stays so.
            WasRefused = e is InvalidDataException or DllNotFoundException;
            return !WasRefused;
        }
        finally
        {
            relay.Leave(session);
        }
    }

    /// <summary>Joins the run.</summary>
    /// <returns>Null if the run does not take it, now or ever.</returns>
    private async Task<Worker?> Join(Guid session, RunOffer offer)
    {
        var hello = new JoinRequest
        {
            Session = session,
            Worker = name,
            ProtocolVersion = TrainingProtocol.Version,
            NumericsVersion = GradientEngines.NumericsVersion,
            DataDigest = "",
            Fingerprint = "",
        };
        Worker? worker = null;
        // What another version means by its spec is not for this one to read; the run will say so.
        if (offer.ProtocolVersion == hello.ProtocolVersion && offer.NumericsVersion == hello.NumericsVersion)
        {
            var spec = RunSpecJson.Read(offer.Spec, $"the offer of run {WorkerName.RunOf(name)}");
            var data = await source.Get(_stop.Token);
            hello = hello with { DataDigest = data.Digest, Fingerprint = Fingerprint.Of(spec) };
            // With another data set the run's samples may not even be there.
            worker = data.Digest == spec.DataDigest ? new Worker(spec, data, engines(spec, data.Train)) : null;
        }

        var reply = await server.Join(hello);
        WasRefused = reply.Refusal is not null;
        if (WasRefused)
            LogRefused(reply.Refusal!);
        if (WasRefused || !reply.IsOpen)
            return null;
        (_pause, _nextPause) = (FirstPause, FirstPause);
        return worker;
    }

    private async Task GiveUp(Guid session, Exception cause)
    {
        // Our own messages are short, and worth their last word; those of libraries may hold whole requests.
        string why = cause is OrleansException ? OneLine.Brief(cause.Message) : OneLine.Of(cause.Message);
        LogSessionLost(name, why);
        (_pause, _nextPause) = (_nextPause, _nextPause * 2 < LongestPause ? _nextPause * 2 : LongestPause);
        // A server that cannot be reached notices by the lease.
        if (cause is OrleansException or TimeoutException)
            return;
        try
        {
            await server.Leave(session, $"Worker {name} gave up: {why}");
        }
        catch (Exception e)
        {
            LogSessionLost(name, OneLine.Brief(e.Message));
        }
    }

    private async Task<bool> Serve(Guid session, Worker worker)
    {
        int term = 0;
        int step = 0;
        long asked = time.GetTimestamp();
        NextReply? given = null;
        while (!_stop.IsCancellationRequested)
        {
            var next = given ?? await server.Next(session, term, step);
            given = null;
            if (next.Kind == NextKind.Stop)
                return false;
            if (next.Kind == NextKind.Join)
                return true;
            if (next.Kind == NextKind.AskAgain)
                continue;
            if (await relay.Complete(next) is not { } complete || !worker.Take(complete))
            {
                LogDamaged(name, next.Step);
                (term, step) = (0, 0);
                continue;
            }

            meter.Waited(time.GetElapsedTime(asked));
            (term, step) = (next.Term, next.Step);
            var reply = next.Images is { } images
                ? await server.PushLogits(worker.Evaluate(session, next, images))
                : await Compute(worker, session, next);
            asked = time.GetTimestamp();
            given = reply.Next;
            if (reply.Outcome == PushOutcome.Malformed)
                throw new InvalidOperationException($"The parameter server takes its answer to step {next.Step} for malformed.");
        }

        await server.Leave(session, null);
        return false;
    }

    private async Task<PushReply> Compute(Worker worker, Guid session, NextReply next)
    {
        GradientPush push;
        relay.Begin(session, next);
        using (Span("compute", next))
            push = worker.Compute(session, next);
        meter.Computed(TimeSpan.FromSeconds(push.ComputeSeconds), push.Blocks.Sum(block => block.Samples));
        using (Span("push", next))
            return await relay.Push(name, push, Push);
    }

    private Activity? Span(string part, NextReply order) => Spans.Part(part, order.Trace)?.SetTag("mnist.worker", WorkerName.InRun(name));

    private async Task<PushReply> Push(GradientPush push)
    {
        if (push.Blocks.Sum(block => (long)block.Gradient.Length) <= MessageSize.Limit)
            return await server.Push(push);
        var part = push with { ComputeSeconds = push.ComputeSeconds / push.Blocks.Length, AsksNext = false };
        foreach (var block in push.Blocks[..^1])
            await server.Push(part with { Blocks = [block] });
        return await server.Push(part with { Blocks = [push.Blocks[^1]], AsksNext = true });
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Worker {Worker} lost its session: {Problem}")]
    private partial void LogSessionLost(string worker, string problem);

    [LoggerMessage(
        Level = LogLevel.Warning, Message = "Worker {Worker} got weights of step {Step} that were damaged or lost; it asks again")]
    private partial void LogDamaged(string worker, int step);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The run refused this silo's worker: {Refusal}")]
    private partial void LogRefused(string refusal);

    /// <summary>The computing part: orders in, pushes out.</summary>
    private sealed class Worker(RunSpec spec, DataSet data, IGradientEngine engine)
    {
        private readonly SlotPlan _plan = new(spec);
        private readonly Stack<byte[]> _spare = [];
        private readonly List<byte[]> _pushed = [];
        private int _pushedStep;
        private byte[] _weights = [];

        private ReadOnlySpan<float> Weights => MemoryMarshal.Cast<byte, float>(_weights);

        /// <summary>Takes the weights of an order, if it brings any.</summary>
        /// <returns>Whether they are as they were sent; if not, it has none.</returns>
        public bool Take(NextReply order)
        {
            if (order.Step > _pushedStep)
                TakeBackMemory();
            if (order.Weights is null)
                return true;
            bool isSound = XxHash3.HashToUInt64(order.Weights) == order.WeightsDigest;
            _weights = isSound ? order.Weights : [];
            return isSound;
        }

        public GradientPush Compute(Guid session, NextReply order)
        {
            long began = Stopwatch.GetTimestamp();
            var blocks = new BlockPush[order.Blocks.Length / 2];
            for (int i = 0; i < blocks.Length; i++)
                blocks[i] = Compute(new Block(order.Blocks[2 * i], order.Blocks[2 * i + 1]), order.Step);
            return new GradientPush
            {
                Session = session, Term = order.Term, Step = order.Step, Order = order.Order, Blocks = blocks,
                ComputeSeconds = Stopwatch.GetElapsedTime(began).TotalSeconds, AsksNext = true,
            };
        }

        /// <summary>A parameter server that orders a later step has no use any more for what it was pushed.</summary>
        private void TakeBackMemory()
        {
            foreach (byte[] gradient in _pushed)
                _spare.Push(gradient);
            _pushed.Clear();
        }

        public LogitsPush Evaluate(Guid session, NextReply order, EvaluationSet images)
        {
            byte[] logits = new byte[order.Count * spec.Network.Classes * sizeof(float)];
            var (set, first) = images == EvaluationSet.Test
                ? (data.Test, order.First)
                : (data.Train, spec.TrainingImages - spec.Validation + order.First);
            engine.Logits(Weights, set, first, MemoryMarshal.Cast<byte, float>(logits.AsSpan()));
            return new LogitsPush
            {
                Session = session, Term = order.Term, Step = order.Step, Order = order.Order, Images = images, First = order.First,
                Logits = logits, Digest = LogitsChunk.DigestOf(logits),
            };
        }

        private BlockPush Compute(Block block, int step)
        {
            byte[] gradient = _spare.TryPop(out var spare) ? spare : GC.AllocateUninitializedArray<byte>(_weights.Length);
            _pushed.Add(gradient);
            _pushedStep = step;
            var sum = engine.Gradient(
                Weights,
                _plan.Epoch(_plan.EpochOf(step)).Block(block.First, block.Count, _plan.StepInEpoch(step)),
                MemoryMarshal.Cast<byte, float>(gradient.AsSpan()));
            return new BlockPush
            {
                First = block.First,
                Count = block.Count,
                Gradient = gradient,
                Loss = sum.Loss,
                Hits = sum.Hits,
                Samples = sum.Samples,
                Digest = BlockGradient.DigestOf(gradient, sum),
            };
        }
    }
}
