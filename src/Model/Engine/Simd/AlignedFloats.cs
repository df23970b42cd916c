using System.Runtime.CompilerServices;

namespace MnistDistributed.Model.Engine.Simd;

/// <summary>Floats that begin on a cache line, so that no vector lies across two. Zero at first; freed with the object.</summary>
public sealed unsafe class AlignedFloats
{
    private const int CacheLine = 64;
    private readonly float[] _array;

    /// <summary>Allocates so many floats.</summary>
    public AlignedFloats(int length)
    {
        _array = GC.AllocateArray<float>(length + CacheLine / sizeof(float), pinned: true);
        nint address = (nint)Unsafe.AsPointer(ref _array[0]);
        Pointer = (float*)(address + CacheLine - 1 & -CacheLine);
    }

    /// <summary>The first of them; valid as long as this object is reachable.</summary>
    public float* Pointer { get; }
}
