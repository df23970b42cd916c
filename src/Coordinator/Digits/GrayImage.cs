namespace MnistDistributed.Coordinator.Digits;

/// <summary>An 8-bit gray picture.</summary>
/// <param name="Pixels"><c>[height, width]</c>, 0 is black.</param>
/// <param name="Width">In pixels.</param>
/// <param name="Height">In pixels.</param>
public sealed record GrayImage(byte[] Pixels, int Width, int Height);
