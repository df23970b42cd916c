namespace MnistDistributed.Bench.Scaling;

/// <summary>What a worker's part of a step takes, in seconds of one core.</summary>
/// <param name="Slot">The gradient of one slot's micro-batch.</param>
/// <param name="SlotBeside">The same while every core of the machine computes one.</param>
/// <param name="Block">What a block takes besides its slots: memory, preparation, digest.</param>
public sealed record EngineCost(double Slot, double SlotBeside, double Block);
