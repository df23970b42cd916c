using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Interfaces;
using MnistDistributed.Grains.Messages;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Grains;

/// <summary>
/// A worker's life: join the run, then ask, compute and push until told to stop. It runs on its own thread, below normal priority where the
/// system has such a thing, so that computing never holds up a grain turn; every call out of it is an ordinary grain call.
/// </summary>
public sealed partial class WorkerLoop
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly string _worker;
    private readonly IParameterServerGrain _server;
    private readonly IDataSetSource _data;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TimeSpan _pause = FirstPause;

    /// <summary>Starts the loop.</summary>
    /// <param name="worker">The worker's name, <c>run/silo/index</c>.</param>
    /// <param name="server">The run's parameter server.</param>
    /// <param name="data">The silo's data set.</param>
    /// <param name="logger">Where to say what went wrong.</param>
    public WorkerLoop(string worker, IParameterServerGrain server, IDataSetSource data, ILogger logger)
    {
        _worker = worker;
        _server = server;
        _data = data;
        _logger = logger;
        new Thread(Run) { Name = worker, IsBackground = true, Priority = ThreadPriority.BelowNormal }.Start();
    }

    /// <summary>Whether the loop has ended.</summary>
    public bool IsOver => _ended.Task.IsCompleted;

    /// <summary>Whether it ended because the run refused the worker, or the worker cannot do what the run asks; asking again would not help.</summary>
    public bool WasRefused { get; private set; }

    /// <summary>Asks the loop to end, and completes when it has.</summary>
    public Task Stop()
    {
        _stop.Cancel();
        return _ended.Task;
    }

    private void Run()
    {
        try
        {
            while (!_stop.IsCancellationRequested && TakePart())
                _stop.Token.WaitHandle.WaitOne(_pause);
        }
        finally
        {
            _ended.SetResult();
        }
    }

    /// <summary>Takes part with one session, until it ends for whatever reason.</summary>
    /// <returns>Whether to try again with another session.</returns>
    private bool TakePart()
    {
        var session = Guid.NewGuid();
        try
        {
            var offer = Await(_server.Offer());
            if (offer.IsOver || !offer.IsOpen)
                return !offer.IsOver;
            return Join(session, offer) is { } worker ? Serve(session, worker) : !WasRefused;
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception e)
        {
            // Whatever fails here (a lost server, a call that timed out, a broken data file) ends this session; the run goes on without it.
            GiveUp(session, e);
            // A spec that this build cannot read, or an engine whose native library is missing, stays so.
            WasRefused = e is InvalidDataException or DllNotFoundException;
            return !WasRefused;
        }
    }

    /// <summary>Joins the run.</summary>
    /// <returns>Null if the run does not take it, now or ever.</returns>
    private Worker? Join(Guid session, RunOffer offer)
    {
        var hello = new JoinRequest
        {
            Session = session,
            Worker = _worker,
            ProtocolVersion = TrainingProtocol.Version,
            NumericsVersion = GradientEngines.NumericsVersion,
            DataDigest = "",
            Fingerprint = "",
        };
        Worker? worker = null;
        // What another version means by its spec is not for this one to read; the run will say so.
        if (offer.ProtocolVersion == hello.ProtocolVersion && offer.NumericsVersion == hello.NumericsVersion)
        {
            var spec = RunSpecJson.Read(offer.Spec, $"the offer of run {_worker.Split('/')[0]}");
            var data = Await(_data.Get(_stop.Token));
            hello = hello with { DataDigest = data.Digest, Fingerprint = Fingerprint.Of(spec) };
            // With another data set the run's samples may not even be there.
            worker = data.Digest == spec.DataDigest ? new Worker(spec, data) : null;
        }

        var reply = Await(_server.Join(hello));
        WasRefused = reply.Refusal is not null;
        if (WasRefused)
            LogRefused(reply.Refusal!);
        if (WasRefused || !reply.IsOpen)
            return null;
        _pause = FirstPause;
        return worker;
    }

    private void GiveUp(Guid session, Exception cause)
    {
        // Our own messages are short, and worth their last word; those of libraries may hold whole requests.
        string why = cause is OrleansException ? OneLine.Brief(cause.Message) : OneLine.Of(cause.Message);
        LogSessionLost(_worker, why);
        _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
        // A server that cannot be reached notices by the lease.
        if (cause is OrleansException or TimeoutException)
            return;
        try
        {
            Await(_server.Leave(session, $"Worker {_worker} gave up: {why}"));
        }
        catch (Exception e)
        {
            LogSessionLost(_worker, OneLine.Brief(e.Message));
        }
    }

    private bool Serve(Guid session, Worker worker)
    {
        int term = 0;
        int step = 0;
        while (!_stop.IsCancellationRequested)
        {
            var next = Await(_server.Next(session, term, step));
            if (next.Kind == NextKind.Stop)
                return false;
            if (next.Kind == NextKind.Join)
                return true;
            if (next.Kind == NextKind.AskAgain)
                continue;
            worker.Take(next.Weights);
            (term, step) = (next.Term, next.Step);
            var outcome = next.Images is { } images
                ? Await(_server.PushLogits(worker.Evaluate(session, next, images)))
                : Push(worker.Compute(session, next));
            if (outcome == PushOutcome.Malformed)
                throw new InvalidOperationException($"The parameter server takes its answer to step {next.Step} for malformed.");
        }

        Await(_server.Leave(session, null));
        return false;
    }

    private PushOutcome Push(GradientPush push)
    {
        if (push.Blocks.Sum(block => (long)block.Gradient.Length) <= MessageSize.Limit)
            return Await(_server.Push(push));
        var outcome = PushOutcome.Accepted;
        foreach (var block in push.Blocks)
            outcome = Await(_server.Push(push with { Blocks = [block], ComputeSeconds = push.ComputeSeconds / push.Blocks.Length }));
        return outcome;
    }

    // Blocking is right here and nowhere else: the thread is the worker's own.
    private static T Await<T>(Task<T> task) => task.GetAwaiter().GetResult();

    private static void Await(Task task) => task.GetAwaiter().GetResult();

    [LoggerMessage(Level = LogLevel.Warning, Message = "Worker {Worker} lost its session: {Problem}")]
    private partial void LogSessionLost(string worker, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The run refused this silo's worker: {Refusal}")]
    private partial void LogRefused(string refusal);

    /// <summary>The computing part: orders in, pushes out.</summary>
    private sealed class Worker(RunSpec spec, DataSet data)
    {
        private readonly IGradientEngine _engine = GradientEngines.Create(spec, data.Train);
        private readonly SlotPlan _plan = new(spec);
        private byte[] _weights = [];

        private ReadOnlySpan<float> Weights => MemoryMarshal.Cast<byte, float>(_weights);

        public void Take(byte[]? weights) => _weights = weights ?? _weights;

        public GradientPush Compute(Guid session, NextReply order)
        {
            long began = Stopwatch.GetTimestamp();
            var blocks = new BlockPush[order.Blocks.Length / 2];
            for (int i = 0; i < blocks.Length; i++)
                blocks[i] = Compute(new Block(order.Blocks[2 * i], order.Blocks[2 * i + 1]), order.Step);
            return new GradientPush
            {
                Session = session, Term = order.Term, Step = order.Step, Blocks = blocks, ComputeSeconds = Stopwatch.GetElapsedTime(began).TotalSeconds,
            };
        }

        public LogitsPush Evaluate(Guid session, NextReply order, EvaluationSet images)
        {
            byte[] logits = new byte[order.Count * CnnShape.Classes * sizeof(float)];
            var (set, first) = images == EvaluationSet.Test
                ? (data.Test, order.First)
                : (data.Train, spec.TrainingImages - spec.Validation + order.First);
            _engine.Logits(Weights, set, first, MemoryMarshal.Cast<byte, float>(logits.AsSpan()));
            return new LogitsPush { Session = session, Term = order.Term, Step = order.Step, Images = images, First = order.First, Logits = logits, Digest = LogitsChunk.DigestOf(logits) };
        }

        private BlockPush Compute(Block block, int step)
        {
            byte[] gradient = GC.AllocateUninitializedArray<byte>(_weights.Length);
            var sum = _engine.Gradient(
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
