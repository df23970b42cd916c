using System.Runtime.CompilerServices;

namespace MnistDistributed.Model.Engine.Simd;

/// <summary>From channel-last to PyTorch's order, in which a dense layer's weights follow the channels. A transposition.</summary>
public static unsafe class Flatten
{
    /// <summary>output[channel, cell] = input[cell, channel].</summary>
    /// <param name="input"><c>[cells, channels]</c>.</param>
    /// <param name="output">Receives <c>[channels, cells]</c>.</param>
    /// <param name="cells">Rows of the input.</param>
    /// <param name="channels">Columns of the input.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(float* input, float* output, int cells, int channels)
    {
        for (int channel = 0; channel < channels; channel++)
            for (int cell = 0; cell < cells; cell++)
                *output++ = input[cell * channels + channel];
    }
}
