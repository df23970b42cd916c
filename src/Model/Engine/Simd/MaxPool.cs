using System.Runtime.CompilerServices;

namespace MnistDistributed.Model.Engine.Simd;

/// <summary>ReLU and 2x2 max-pool, of four vectors in registers.</summary>
public static unsafe class MaxPool
{
    /// <summary>Marks a pooled value that ReLU set to zero: no gradient passes.</summary>
    public const int Inactive = -1;

    /// <summary>
    /// Stores max(v0, v1, v2, v3, 0) and where it came from, of equals the first. ReLU after the pool keeps what ReLU before it would
    /// have kept. A NaN passes, so that a training that diverges shows.
    /// </summary>
    /// <param name="v0">The window's upper left value.</param>
    /// <param name="v1">Upper right.</param>
    /// <param name="v2">Lower left.</param>
    /// <param name="v3">Lower right.</param>
    /// <param name="p0">What stands for the first position; so the others.</param>
    /// <param name="p1">The second.</param>
    /// <param name="p2">The third.</param>
    /// <param name="p3">The fourth.</param>
    /// <param name="output">Receives the value.</param>
    /// <param name="positions">Receives its position, or <see cref="Inactive"/>.</param>
    /// <returns>All bits where ReLU set the value to zero.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Store<T>(T v0, T v1, T v2, T v3, int p0, int p1, int p2, int p3, float* output, int* positions)
        where T : unmanaged, ILanes<T>
    {
        var greater = T.Greater(v1, v0);
        var best = T.Select(greater, v1, v0);
        var position = T.Select(greater, T.All(p1), T.All(p0));
        greater = T.Greater(v2, best);
        best = T.Select(greater, v2, best);
        position = T.Select(greater, T.All(p2), position);
        greater = T.Greater(v3, best);
        best = T.Select(greater, v3, best);
        position = T.Select(greater, T.All(p3), position);
        // Where it is not above zero, and no NaN.
        var inactive = T.AtMostZero(best);
        T.Select(inactive, T.All(0f), best).Store(output);
        (position | inactive).Store((float*)positions);
        return inactive;
    }
}
