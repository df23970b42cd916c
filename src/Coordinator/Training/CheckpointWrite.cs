namespace MnistDistributed.Coordinator.Training;

/// <summary>A write of a checkpoint, which the disk took or not.</summary>
/// <param name="Seconds">How long it took.</param>
/// <param name="Bytes">The size of the file; null if the disk did not take it.</param>
public sealed record CheckpointWrite(double Seconds, long? Bytes);
