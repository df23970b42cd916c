using System.Runtime.InteropServices;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Engine.Simd;

namespace MnistDistributed.Model.Protocol.Rounds;

/// <summary>
/// The blocks of one step that have arrived. Two siblings are added as soon as both are there, so the root
/// has the same bits whichever blocks came, in whichever order.
/// </summary>
/// <param name="slots">Number of slots, a power of two.</param>
/// <param name="parameters">Length of a gradient.</param>
public sealed class GradientTree(int slots, int parameters)
{
    private readonly Block _root = new(0, slots);
    private readonly OrderedDictionary<Block, Held> _held = [];
    private readonly OrderedDictionary<Block, AcceptedBlock> _accepted = [];
    private readonly Stack<float[]> _buffers = [];

    private sealed record Held(float[]? Gradient, BlockSum Sum);

    /// <summary>Whether all slots are covered.</summary>
    public bool IsComplete => _held.ContainsKey(_root);

    /// <summary>The gradient summed over all slots, <c>[parameters]</c>; valid until <see cref="Clear"/>.</summary>
    public ReadOnlySpan<float> Gradient => _held[_root].Gradient;

    /// <summary>Loss, hits and samples of all slots.</summary>
    public BlockSum Sum => _held[_root].Sum;

    /// <summary>The blocks that count, from left to right. What a larger block replaced is not among them.</summary>
    public IReadOnlyList<AcceptedBlock> Parts()
    {
        var parts = new List<AcceptedBlock>();
        foreach (var accepted in _accepted.Values.OrderBy(it => it.Block.First).ThenByDescending(it => it.Block.Count))
        {
            if (parts.Count == 0 || accepted.Block.First >= parts[^1].Block.End)
                parts.Add(accepted);
        }

        return parts;
    }

    /// <summary>
    /// The worker whose accepted push of the same block has other bits than this one, or null. Both cannot be right: it means broken
    /// hardware or a broken promise.
    /// </summary>
    public string? ConflictOf(BlockGradient push)
    {
        if (_accepted.TryGetValue(push.Block, out var accepted))
            return accepted.Digest == push.Digest ? null : accepted.Worker;
        if (!_held.TryGetValue(push.Block, out var held))
            return null;
        return DigestOf(held) == push.Digest ? null : string.Join(", ", WorkersBelow(push.Block));
    }

    /// <summary>
    /// Takes a block whose bytes have been checked; none of them is kept. It is dropped if it or an ancestor of it is already held;
    /// otherwise it replaces its descendants.
    /// </summary>
    /// <returns>Whether it was taken.</returns>
    public bool Add(BlockGradient push, string worker)
    {
        if (IsCovered(push.Block))
            return false;
        foreach (var below in _held.Keys.Where(push.Block.Contains).ToList())
            Release(below);
        _accepted[push.Block] = new AcceptedBlock(push.Block, push.Digest, worker);
        Hold(push.Block, push.Sum.Samples == 0 ? [] : MemoryMarshal.Cast<byte, float>(push.Gradient.Span), push.Sum);
        return true;
    }

    /// <summary>Forgets everything, for the next step.</summary>
    public void Clear()
    {
        foreach (var block in _held.Keys.ToList())
            Release(block);
        _accepted.Clear();
    }

    // What arrives is added to its sibling, if that is held, or else copied. The bits of a sum do not depend on which of the two is first.
    private void Hold(Block block, ReadOnlySpan<float> gradient, BlockSum sum)
    {
        float[]? held = null;
        while (block != _root && _held.Remove(block.Sibling, out var sibling))
        {
            sum = block.IsLeft ? BlockSum.Add(sum, sibling.Sum) : BlockSum.Add(sibling.Sum, sum);
            block = block.Parent;
            if (sibling.Gradient is not { } total)
                continue;
            if (held is not null || !gradient.IsEmpty)
                Lanes.Add(total, held ?? gradient);
            if (held is not null)
                _buffers.Push(held);
            held = total;
        }

        _held[block] = new Held(held ?? (gradient.IsEmpty ? null : Copy(gradient)), sum);
    }

    private bool IsCovered(Block block)
    {
        for (; !_held.ContainsKey(block); block = block.Parent)
        {
            if (block == _root)
                return false;
        }

        return true;
    }

    private float[] Copy(ReadOnlySpan<float> gradient)
    {
        float[] buffer = _buffers.TryPop(out var pooled) ? pooled : new float[parameters];
        gradient.CopyTo(buffer);
        return buffer;
    }

    private void Release(Block block)
    {
        if (_held.Remove(block, out var held) && held.Gradient is not null)
            _buffers.Push(held.Gradient);
    }

    private ulong DigestOf(Held held) => BlockGradient.DigestOf(
        held.Gradient is null ? new byte[parameters * sizeof(float)] : MemoryMarshal.AsBytes(held.Gradient.AsSpan()), held.Sum);

    private IEnumerable<string> WorkersBelow(Block block) =>
        _accepted.Where(pair => block.Contains(pair.Key)).Select(pair => pair.Value.Worker).Distinct().Order(StringComparer.Ordinal);
}
