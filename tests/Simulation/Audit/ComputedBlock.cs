namespace MnistDistributed.Simulation.Audit;

/// <summary>What a worker's engine was really given, and made of it.</summary>
/// <param name="Weights">Digest of the weights.</param>
/// <param name="Epoch">The epoch.</param>
/// <param name="Samples">The samples, slot after slot.</param>
/// <param name="SlotSizes">How many of them each slot has.</param>
public sealed record ComputedBlock(ulong Weights, int Epoch, int[] Samples, int[] SlotSizes);
