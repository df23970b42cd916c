using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Simulation.Tests.Scaling;

/// <summary>What the protocol itself orders.</summary>
public static class Protocol
{
    /// <summary>The default spec, with a network that is quick to add.</summary>
    public static RunSpec Spec { get; } = new() { TrainingImages = 60_000, Network = new(16, 16, 16) };

    /// <summary>The orders of a step that begins with so many workers.</summary>
    public static IReadOnlyList<WorkOrder> OrdersOfSecondStep(int workers)
    {
        var term = new TrainingProtocol(1, Spec, TrainingState.Initial(Spec), 0, 1, "", TimeProvider.System, new TermOptions());
        var sessions = Enumerable.Range(0, workers).Select(_ => Guid.NewGuid()).ToList();
        foreach (var session in sessions)
        {
            Assert.Null(term.Join(new WorkerHello(
                session, $"{session}", TrainingProtocol.Version, GradientEngines.NumericsVersion, Spec.DataDigest, "")));
        }

        var plan = new SlotPlan(Spec);
        byte[] gradient = new byte[Spec.Network.ParameterCount() * sizeof(float)];
        foreach (var session in sessions.Where(_ => term.State.Step == 0))
        {
            if (term.Next(session, 0, 0).Order is { } order)
                term.Push(session, 1, 0, [.. order.Blocks.Select(Answer)], order.Number);
        }

        Assert.Equal(1, term.State.Step);
        return [.. sessions.Select(session => term.Next(session, 1, 0).Order).OfType<WorkOrder>()];

        BlockGradient Answer(Block block)
        {
            var sum = new BlockSum(1, 0, plan.BlockSamples(0, block.First, block.Count));
            return new BlockGradient(block, gradient, sum, BlockGradient.DigestOf(gradient, sum));
        }
    }
}
