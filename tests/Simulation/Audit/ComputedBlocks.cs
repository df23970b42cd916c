using System.IO.Hashing;
using System.Runtime.InteropServices;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Simulation.Audit;

/// <summary>Writes down what each worker's engine computes, and with which order's answer it is sent.</summary>
public sealed class ComputedBlocks
{
    private readonly Dictionary<string, List<(ulong Digest, ComputedBlock Block)>> _unsent = [];
    private readonly Dictionary<(string Worker, int Term, int Step, Block Block, ulong Digest), ComputedBlock> _sent = [];

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
            if (digest == block.Digest && done.SlotSizes.Length == block.Count)
                _sent[(worker, push.Term, push.Step, new Block(block.First, block.Count), digest)] = done;
        }

        computed.Clear();
    }

    /// <summary>What a worker computed for a block of a step; null if it did not.</summary>
    public ComputedBlock? Find(int term, int step, AcceptedBlock accepted) =>
        _sent.GetValueOrDefault((accepted.Worker, term, step, accepted.Block, accepted.Digest));

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
