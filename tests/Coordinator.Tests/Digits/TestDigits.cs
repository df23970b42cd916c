using MnistDistributed.Model.Data;

namespace MnistDistributed.Coordinator.Tests.Digits;

/// <summary>The first twenty of MNIST's test images.</summary>
internal static class TestDigits
{
    public const int Count = 20;

    private static readonly byte[] All =
        File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Digits", "first-twenty-test-images.bin"));

    /// <summary><c>[28, 28]</c>.</summary>
    public static byte[] Image(int index) => All.AsSpan(index * ImageSet.Pixels, ImageSet.Pixels).ToArray();
}
