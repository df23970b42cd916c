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
    private readonly Stack<byte[]> _buffers = [];

    /// <summary>A gradient, empty if it is of no samples; the tree's own memory that it is in, if it is not as it was pushed.</summary>
    private readonly record struct Held(ReadOnlyMemory<byte> Gradient, byte[]? Buffer, BlockSum Sum);

    /// <summary>Whether all slots are covered.</summary>
    public bool IsComplete => _held.ContainsKey(_root) || Halves().All(_held.ContainsKey);

    /// <summary>
    /// What the gradient over all slots is the sum of, <c>[parameters]</c> each, the second empty if there is nothing to add. Whoever reads
    /// them adds them, since that is one way through memory less. Valid until <see cref="Clear"/>.
    /// </summary>
    public (ReadOnlyMemory<byte> Half, ReadOnlyMemory<byte> OtherHalf) Gradient
    {
        get
        {
            if (_held.TryGetValue(_root, out var root))
                return (root.Gradient, default);
            var (left, right) = (_held[Left].Gradient, _held[Left.Sibling].Gradient);
            return left.IsEmpty ? (right, left) : (left, right);
        }
    }

    /// <summary>Loss, hits and samples of all slots.</summary>
    public BlockSum Sum => _held.TryGetValue(_root, out var root) ? root.Sum : BlockSum.Add(_held[Left].Sum, _held[Left.Sibling].Sum);

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
    /// Takes a block whose bytes have been checked, and keeps them until <see cref="Clear"/>; they must not change before. It is dropped
    /// if it or an ancestor of it is already held; otherwise it replaces its descendants.
    /// </summary>
    /// <returns>Whether it was taken.</returns>
    public bool Add(BlockGradient push, string worker)
    {
        if (IsCovered(push.Block))
            return false;
        foreach (var below in _held.Keys.Where(push.Block.Contains).ToList())
            Release(below);
        _accepted[push.Block] = new AcceptedBlock(push.Block, push.Digest, worker);
        Hold(push.Block, new Held(push.Sum.Samples == 0 ? default : push.Gradient, null, push.Sum));
        return true;
    }

    /// <summary>Forgets everything, for the next step.</summary>
    public void Clear()
    {
        foreach (var block in _held.Keys.ToList())
            Release(block);
        _accepted.Clear();
    }

    private Block Left => new(0, slots / 2);

    private IEnumerable<Block> Halves() => slots == 1 ? [_root] : [Left, Left.Sibling];

    // The bits of a sum do not depend on which of the two is first.
    private void Hold(Block block, Held held)
    {
        while (block.Count < slots / 2 && _held.Remove(block.Sibling, out var sibling))
        {
            held = block.IsLeft ? Add(held, sibling) : Add(sibling, held);
            block = block.Parent;
        }

        _held[block] = held;
    }

    private Held Add(Held left, Held right)
    {
        var sum = BlockSum.Add(left.Sum, right.Sum);
        if (left.Gradient.IsEmpty || right.Gradient.IsEmpty)
            return (left.Gradient.IsEmpty ? right : left) with { Sum = sum };
        byte[] buffer = left.Buffer ?? right.Buffer ?? (_buffers.TryPop(out var pooled) ? pooled : new byte[parameters * sizeof(float)]);
        Lanes.Add(Floats(left.Gradient), Floats(right.Gradient), MemoryMarshal.Cast<byte, float>(buffer.AsSpan()));
        if (left.Buffer is not null && right.Buffer is not null)
            _buffers.Push(right.Buffer);
        return new Held(buffer, buffer, sum);
    }

    private static ReadOnlySpan<float> Floats(ReadOnlyMemory<byte> gradient) => MemoryMarshal.Cast<byte, float>(gradient.Span);

    private bool IsCovered(Block block)
    {
        for (; !_held.ContainsKey(block); block = block.Parent)
        {
            if (block == _root)
                return false;
        }

        return true;
    }

    private void Release(Block block)
    {
        if (_held.Remove(block, out var held) && held.Buffer is not null)
            _buffers.Push(held.Buffer);
    }

    private ulong DigestOf(Held held) =>
        BlockGradient.DigestOf(held.Gradient.IsEmpty ? new byte[parameters * sizeof(float)] : held.Gradient.Span, held.Sum);

    private IEnumerable<string> WorkersBelow(Block block) =>
        _accepted.Where(pair => block.Contains(pair.Key)).Select(pair => pair.Value.Worker).Distinct().Order(StringComparer.Ordinal);
}
