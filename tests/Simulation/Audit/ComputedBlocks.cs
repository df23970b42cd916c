using System.IO.Hashing;
using System.Runtime.InteropServices;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Grains.Workers;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Simulation.Audit;

/// <summary>Writes down what each worker's engine computes, and with which order's answer it is sent.</summary>
public sealed class ComputedBlocks
{
    private readonly Dictionary<string, List<(ulong Digest, ComputedBlock Block)>> _unsent = [];
    // A worker may push for others of its silo.
    private readonly Dictionary<(string Silo, int Term, int Step, Block Block), (ulong Digest, ComputedBlock Done)> _sent = [];

    /// <summary>Makes a run's engine, which writes down what it computes here.</summary>
    /// <param name="worker">Whose engine it is.</param>
    /// <param name="spec">The run.</param>
    /// <param name="train">The images that its samples index.</param>
    public IGradientEngine Engine(string worker, RunSpec spec, ImageSet train) =>
        new Recorder(GradientEngines.Create(spec, train), _unsent[worker] = []);

    /// <summary>A worker sends what it has computed since it last did.</summary>
    public void Sent(string worker, GradientPush push)
    {
        var computed = _unsent[worker];
        foreach (var (block, (digest, done)) in push.Blocks.Zip(computed))
        {
            if (digest != block.Digest || done.SlotSizes.Length != block.Count)
                continue;
            _sent[(WorkerName.SiloOf(worker), push.Term, push.Step, new Block(block.First, block.Count))] = (digest, done);
        }

        computed.Clear();
    }

    /// <summary>What the workers of the sender's silo computed for a block of a step; null if they did not.</summary>
    public ComputedBlock? Find(int term, int step, AcceptedBlock accepted)
    {
        string silo = WorkerName.SiloOf(accepted.Worker);
        return _sent.TryGetValue((silo, term, step, accepted.Block), out var it) && it.Digest == accepted.Digest ? it.Done
            : OfHalves(accepted.Block);

        ComputedBlock? OfHalves(Block block)
        {
            var half = new Block(block.First, block.Count / 2);
            return block.Count > 1 && Part(half) is { } left && Part(half.Sibling) is { } right
                && (left.Weights, left.Epoch) == (right.Weights, right.Epoch)
                ? left with { Samples = [.. left.Samples, .. right.Samples], SlotSizes = [.. left.SlotSizes, .. right.SlotSizes] }
                : null;
        }

        ComputedBlock? Part(Block block) => _sent.TryGetValue((silo, term, step, block), out var part) ? part.Done : OfHalves(block);
    }

    /// <summary>Digest of weights.</summary>
    public static ulong DigestOf(ReadOnlySpan<float> weights) => XxHash3.HashToUInt64(MemoryMarshal.AsBytes(weights));

    private sealed class Recorder(IGradientEngine engine, List<(ulong Digest, ComputedBlock Block)> computed) : IGradientEngine
    {
        public BlockSum Gradient(ReadOnlySpan<float> weights, BlockBatch batch, Span<float> gradient)
        {
            var sum = engine.Gradient(weights, batch, gradient);
            computed.Add((
                BlockGradient.DigestOf(MemoryMarshal.AsBytes(gradient), sum),
                new ComputedBlock(DigestOf(weights), batch.Epoch, batch.Samples.ToArray(), batch.SlotSizes.ToArray())));
            return sum;
        }

        public void Logits(ReadOnlySpan<float> weights, ImageSet images, int first, Span<float> logits) =>
            engine.Logits(weights, images, first, logits);
    }
}
