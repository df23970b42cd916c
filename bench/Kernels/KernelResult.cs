namespace MnistDistributed.Kernels;

/// <summary>What a kernel takes.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Nanoseconds">The median, of an image.</param>
/// <param name="Deviation">The standard deviation.</param>
/// <param name="MultiplyAdds">Multiply-adds that it does for an image, on average; 0 where they are not what it does.</param>
public sealed record KernelResult(string Name, double Nanoseconds, double Deviation, double MultiplyAdds)
{
    /// <summary>Multiply-adds a nanosecond.</summary>
    public double Speed => MultiplyAdds / Nanoseconds;
}
