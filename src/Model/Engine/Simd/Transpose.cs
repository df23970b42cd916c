using System.Runtime.CompilerServices;

namespace MnistDistributed.Model.Engine.Simd;

/// <summary>From the kernels' order, channels last, to PyTorch's, and back.</summary>
public static unsafe class Transpose
{
    /// <summary>output[column, row] = input[row, column].</summary>
    /// <param name="input"><c>[rows, columns]</c>.</param>
    /// <param name="output">Receives <c>[columns, rows]</c>.</param>
    /// <param name="rows">Rows of the input.</param>
    /// <param name="columns">Columns of the input.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy(float* input, float* output, int rows, int columns)
    {
        for (int column = 0; column < columns; column++, input++)
        {
            float* from = input;
            for (int row = 0; row < rows; row++, from += columns)
                *output++ = *from;
        }
    }
}
