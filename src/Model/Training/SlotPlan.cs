using MnistDistributed.Model.Numerics;

namespace MnistDistributed.Model.Training;

/// <summary>
/// Which sample is used in which step, by which slot. The training images are dealt into the slots once, by seed; every epoch
/// shuffles each slot's samples and uses each of them exactly once. Nothing here knows of workers. Read-only, shared by threads.
/// </summary>
public sealed class SlotPlan
{
    private readonly ulong _seed;
    private readonly Lazy<int[][]> _dealt;
    private EpochOrder? _latest;

    /// <summary>Counts the steps; the images, without those held out for validation, are dealt when an order is first asked for.</summary>
    /// <param name="spec">A spec in which <see cref="RunSpecCheck"/> finds no problem.</param>
    /// <exception cref="ArgumentException">The spec has a problem.</exception>
    public SlotPlan(RunSpec spec)
    {
        if (RunSpecCheck.Problem(spec) is { } problem)
            throw new ArgumentException(problem, nameof(spec));

        _seed = spec.Seed;
        Slots = spec.Slots;
        MicroBatch = spec.Batch / spec.Slots;
        Samples = spec.TrainingImages - spec.Validation;
        StepsPerEpoch = CeilingDivide(CeilingDivide(Samples, Slots), MicroBatch);
        TotalSteps = StepsPerEpoch * spec.Epochs;
        _dealt = new Lazy<int[][]>(Deal);
    }

    /// <summary>Number of slots.</summary>
    public int Slots { get; }

    /// <summary>Samples that a slot contributes to a full step.</summary>
    public int MicroBatch { get; }

    /// <summary>Samples of an epoch.</summary>
    public int Samples { get; }

    /// <summary>Steps of an epoch; only the last of them may be smaller than the batch.</summary>
    public int StepsPerEpoch { get; }

    /// <summary>Steps of the run.</summary>
    public int TotalSteps { get; }

    /// <summary>The epoch, from 0, that a step of the run belongs to.</summary>
    public int EpochOf(int step) => step / StepsPerEpoch;

    /// <summary>A step's place in its epoch, from 0.</summary>
    public int StepInEpoch(int step) => step % StepsPerEpoch;

    /// <summary>How many samples a step of the run uses, over all slots.</summary>
    public int StepSamples(int step) => SamplesBefore(StepInEpoch(step) + 1) - SamplesBefore(StepInEpoch(step));

    /// <summary>How many samples an epoch has used before its step <paramref name="stepInEpoch"/>; all of them after its last.</summary>
    public int SamplesBefore(int stepInEpoch) => (int)Math.Min((long)stepInEpoch * MicroBatch * Slots, Samples);

    /// <summary>How many samples the slots of a block contribute to a step of the run.</summary>
    /// <param name="step">The step of the run.</param>
    /// <param name="firstSlot">The block's first slot.</param>
    /// <param name="slots">How many slots it has.</param>
    public int BlockSamples(int step, int firstSlot, int slots)
    {
        int before = StepInEpoch(step) * MicroBatch;
        int samples = 0;
        for (int slot = firstSlot; slot < firstSlot + slots; slot++)
            samples += Math.Clamp(SlotSamples(slot) - before, 0, MicroBatch);
        return samples;
    }

    /// <summary>The order of an epoch. The latest one is kept, so that every step may ask.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    public EpochOrder Epoch(int epoch)
    {
        var latest = Volatile.Read(ref _latest);
        if (latest?.Epoch == epoch)
            return latest;

        var order = new EpochOrder(this, epoch, Shuffle(epoch));
        Volatile.Write(ref _latest, order);
        return order;
    }

    /// <summary>Cards to players: the samples in the order of their keys, one to each slot in turn. So sizes fall by one at most.</summary>
    private int[][] Deal()
    {
        int[] deck = new int[Samples];
        for (int i = 0; i < deck.Length; i++)
            deck[i] = i;
        SortByKey(deck, Purpose.Deal, epoch: 0);

        int[][] slots = new int[Slots][];
        for (int slot = 0; slot < Slots; slot++)
        {
            slots[slot] = new int[SlotSamples(slot)];
            for (int i = 0; i < slots[slot].Length; i++)
                slots[slot][i] = deck[i * Slots + slot];
        }

        return slots;
    }

    private int SlotSamples(int slot) => slot < Samples ? CeilingDivide(Samples - slot, Slots) : 0;

    private int[][] Shuffle(int epoch)
    {
        int[][] order = new int[Slots][];
        for (int slot = 0; slot < Slots; slot++)
        {
            order[slot] = (int[])_dealt.Value[slot].Clone();
            SortByKey(order[slot], Purpose.Order, epoch);
        }

        return order;
    }

    /// <summary>Sorts by random key, and by index where keys are equal: the sort need not be stable.</summary>
    private void SortByKey(int[] samples, Purpose purpose, int epoch)
    {
        var keys = new (ulong Key, int Sample)[samples.Length];
        for (int i = 0; i < samples.Length; i++)
            keys[i] = (Philox.Key64(_seed, purpose, epoch, samples[i]), samples[i]);
        Array.Sort(keys, samples);
    }

    private static int CeilingDivide(int value, int divisor) => (int)(((long)value + divisor - 1) / divisor);
}
