using System.Runtime.InteropServices;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Bench.Scaling;

/// <summary>
/// Measures the parameter server's part of a step: a term without any cluster, whose sessions push gradients made beforehand.
/// </summary>
/// <param name="spec">The run.</param>
public sealed class ServerMeasurement(RunSpec spec)
{
    private const int StepsBefore = 20;
    private const int Steps = 100;

    private readonly SlotPlan _plan = new(spec);

    /// <summary>Measures it, with one pushed block a slot.</summary>
    public ServerCost Measure()
    {
        double optimize = Optimize();
        var (pushes, publish) = Run();
        return new ServerCost(Math.Max(0, pushes - optimize) / spec.Slots, optimize, publish);
    }

    private double Optimize()
    {
        var state = TrainingState.Initial(spec);
        var update = new StepUpdate(spec, _plan);
        float[] gradient = MemoryMarshal.Cast<byte, float>(Gradient(0)).ToArray();
        return ProcessorTime.MedianOf(StepsBefore, Steps, step =>
            ProcessorTime.Of(() => update.Apply(state, gradient, new BlockSum(1, 0, _plan.StepSamples(step)))));
    }

    private (double Pushes, double Publish) Run()
    {
        var term = new TrainingProtocol(
            1, spec, TrainingState.Initial(spec), epochsEvaluated: 0, testImages: 1, fingerprint: "", TimeProvider.System,
            new TermOptions());
        var sessions = Enumerable.Range(0, spec.Slots).Select(_ => Guid.NewGuid()).ToList();
        foreach (var session in sessions)
        {
            term.Join(new WorkerHello(
                session, $"{session}", TrainingProtocol.Version, GradientEngines.NumericsVersion, spec.DataDigest, Fingerprint: ""));
        }

        // Each its own, since what comes out of a message is in no cache.
        var gradients = sessions.Select((_, i) => Gradient(i)).ToList();
        var publish = new List<double>();
        double pushes = ProcessorTime.MedianOf(StepsBefore, Steps, _ =>
        {
            double added = Step(term, sessions, gradients);
            publish.Add(ProcessorTime.Of(() => GC.KeepAlive(term.WeightsFor(sessions[0]))));
            return added;
        });
        return (pushes, Median.Of(publish.Skip(StepsBefore)));
    }

    /// <summary>One step.</summary>
    /// <returns>Seconds that the pushes took, the update that the last of them brings about included.</returns>
    private double Step(TrainingProtocol term, List<Guid> sessions, List<byte[]> gradients)
    {
        int step = term.State.Step;
        double seconds = 0;
        foreach (var (i, session) in sessions.Index())
        {
            if (term.Next(session, term.Term, step).Order is not { } order)
                continue;
            BlockGradient[] blocks = [.. order.Blocks.Select(block => Answer(block, step, gradients[i]))];
            seconds += ProcessorTime.Of(() => term.Push(session, term.Term, step, blocks, order.Number));
        }

        return term.State.Step == step + 1 ? seconds
            : throw new InvalidOperationException($"Step {step} of the term is not done: {term.Failure ?? term.Trouble}");
    }

    private BlockGradient Answer(Block block, int step, byte[] gradient)
    {
        var sum = new BlockSum(Loss: 1, Hits: 0, _plan.BlockSamples(step, block.First, block.Count));
        return new BlockGradient(block, gradient, sum, BlockGradient.DigestOf(gradient, sum));
    }

    private byte[] Gradient(int seed)
    {
        float[] gradient = new float[spec.Network.ParameterCount()];
        for (int i = 0; i < gradient.Length; i++)
            gradient[i] = ((i * 31 + seed * 17) % 101 - 50) * 1e-3f;
        return MemoryMarshal.AsBytes(gradient.AsSpan()).ToArray();
    }
}
