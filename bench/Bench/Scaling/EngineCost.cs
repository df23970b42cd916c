namespace MnistDistributed.Bench.Scaling;

/// <summary>What a worker's part of a step takes, in seconds of one core.</summary>
/// <param name="Slot">The gradient of one slot's micro-batch, with its share of what a block takes: addition, digest.</param>
/// <param name="SlotBeside">The same while every core of the machine computes.</param>
public sealed record EngineCost(double Slot, double SlotBeside);
