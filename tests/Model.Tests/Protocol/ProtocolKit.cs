using System.Runtime.InteropServices;
using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Tests.Protocol;

/// <summary>A run of 8 slots, 2 epochs and 10 steps, and what its workers send.</summary>
public static class ProtocolKit
{
    public static readonly RunSpec Spec = FakeGradients.Spec();
    public static readonly FakeGradients Fake = new(Spec);

    /// <summary>Times are trusted after the first step.</summary>
    public static readonly LeaseOptions Leases = new() { MeasuredSteps = 1, Silence = TimeSpan.FromSeconds(20) };

    public static TrainingProtocol Open(
        FakeTimeProvider time, int term = 1, TrainingState? state = null, int evaluated = 0, int minWorkers = 1, bool isPaused = false) =>
        new(
            term, Spec, state ?? Fake.Initial(), evaluated, testImages: 3, "f", time,
            new TermOptions { Leases = Leases, MinWorkers = minWorkers, IsPaused = isPaused });

    public static LogitsChunk Chunk(EvaluationSet images, int first, float[] logits)
    {
        byte[] bytes = MemoryMarshal.AsBytes(logits.AsSpan()).ToArray();
        return new LogitsChunk(images, first, bytes, LogitsChunk.DigestOf(bytes));
    }

    public static WorkerHello Hello(string worker, RunSpec? spec = null) =>
        new(Guid.NewGuid(), worker, TrainingProtocol.Version, (spec ?? Spec).NumericsVersion, (spec ?? Spec).DataDigest, "f");

    public static Guid Join(this TrainingProtocol protocol, string worker)
    {
        var hello = Hello(worker);
        Assert.Null(protocol.Join(hello));
        return hello.Session;
    }

    public static WorkOrder Ask(this TrainingProtocol protocol, Guid session)
    {
        var answer = protocol.Next(session, 0, 0);
        Assert.Equal(NextKind.Work, answer.Kind);
        return answer.Order!;
    }

    public static void AssertWaits(this TrainingProtocol protocol, Guid session) =>
        Assert.Equal(NextKind.AskAgain, protocol.Next(session, 0, 0).Kind);

    public static PushOutcome Answer(this TrainingProtocol protocol, Guid session, WorkOrder order, FakeGradients? fake = null) =>
        order.Images is { } images
        ? protocol.PushLogits(session, order.Term, order.Step, Chunk(images, order.First, new float[order.Count * 10])).Outcome
        : protocol.Push(session, order.Term, order.Step, Gradients(order, fake)).Outcome;

    public static IReadOnlyList<BlockGradient> Gradients(WorkOrder order, FakeGradients? fake = null) =>
        [.. order.Blocks.Select(block => (fake ?? Fake).Push(order.Step, block))];

    /// <summary>The sessions ask in turn, and all answer after the same time, until so many steps are done.</summary>
    public static void DoSteps(this TrainingProtocol protocol, FakeTimeProvider time, int steps, TimeSpan each, params Guid[] sessions) =>
        protocol.DoSteps(time, steps, each, Fake, sessions);

    /// <inheritdoc cref="DoSteps(TrainingProtocol, FakeTimeProvider, int, TimeSpan, Guid[])"/>
    public static void DoSteps(
        this TrainingProtocol protocol, FakeTimeProvider time, int steps, TimeSpan each, FakeGradients fake, params Guid[] sessions)
    {
        for (int end = protocol.State.Step + steps; protocol.State.Step < end;)
        {
            var orders = sessions.Select(session => (session, protocol.Next(session, 0, 0).Order)).ToList();
            time.Advance(each);
            foreach (var (session, order) in orders)
            {
                if (order is not null)
                    Assert.Equal(PushOutcome.Accepted, protocol.Answer(session, order, fake));
            }
        }
    }
}
