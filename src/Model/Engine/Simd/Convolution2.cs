using System.Runtime.CompilerServices;

namespace MnistDistributed.Model.Engine.Simd;

/// <summary>
/// The backward pass of the second convolution. Of the four positions behind a pooled value one at most has a gradient,
/// and none where ReLU was inactive; only those are worked on, as lists of rows.
/// </summary>
public static unsafe class Convolution2
{
    private const int Filter = ConvolutionPool.Filter;
    private const int Pooled = Network.CnnShape.Pooled;
    private const int Cells = Pooled * Pooled;

    /// <summary>Height and width of the input, the first pool's output.</summary>
    public const int Side = 13;

    /// <summary>Reorders filters for <see cref="InputGradient"/>.</summary>
    /// <param name="weights">PyTorch's <c>[outputs, inputs, 3, 3]</c>.</param>
    /// <param name="packed">Receives <c>[3 rows, outputs, 3 columns, inputs]</c>.</param>
    /// <param name="inputs">Input channels.</param>
    /// <param name="outputs">Output channels.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PackRows(float* weights, float* packed, int inputs, int outputs)
    {
        for (int output = 0; output < outputs; output++)
            for (int input = 0; input < inputs; input++)
                for (int y = 0; y < Filter; y++)
                    for (int x = 0; x < Filter; x++)
                        packed[((y * outputs + output) * Filter + x) * inputs + input] = *weights++;
    }

    /// <summary>Adds one image's gradient of the weights.</summary>
    /// <param name="input"><c>[13, 13, inputs]</c>.</param>
    /// <param name="inputs">Input channels, a multiple of 16.</param>
    /// <param name="outputGradient">In the order of the flattened output, <c>[outputs, 5, 5]</c>.</param>
    /// <param name="positions"><c>[5, 5, outputs]</c>, from the forward pass.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="weightGradient"><c>[outputs, 3, 3, inputs]</c>, added to.</param>
    /// <param name="biasGradient"><c>[outputs]</c>, added to.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void WeightGradient(
        float* input, int inputs, float* outputGradient, int* positions, int outputs, float* weightGradient, float* biasGradient)
    {
        int* offsets = stackalloc int[Cells + 1];
        float* factors = stackalloc float[Cells + 1];
        int run = Filter * inputs;
        for (int output = 0; output < outputs; output++)
        {
            // Written always and counted where active, which costs less than a branch that nobody can predict.
            int count = 0;
            for (int y = 0; y < Pooled; y++)
                for (int x = 0; x < Pooled; x++)
                {
                    int position = positions[(y * Pooled + x) * outputs + output];
                    offsets[count] = Offset(y, x, position, inputs);
                    factors[count] = outputGradient[output * Cells + y * Pooled + x];
                    count += Active(position);
                }

            float bias = biasGradient[output];
            for (int i = 0; i < count; i++)
                bias += factors[i];
            biasGradient[output] = bias;

            for (int y = 0; y < Filter; y++)
                WeightedRows.Add(weightGradient + (output * Filter + y) * run, run, input + y * Side * inputs, offsets, factors, count);
        }
    }

    /// <summary>Computes one image's gradient of the input.</summary>
    /// <param name="packed">The filters as <see cref="PackRows"/> leaves them.</param>
    /// <param name="inputs">Input channels, a multiple of 16.</param>
    /// <param name="outputGradient">In the order of the flattened output, <c>[outputs, 5, 5]</c>.</param>
    /// <param name="positions"><c>[5, 5, outputs]</c>, from the forward pass.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="lists">Memory for what is active: 2 * 4 * 25 * (outputs + 1) numbers.</param>
    /// <param name="inputGradient">Receives <c>[13, 13, inputs]</c>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void InputGradient(
        float* packed, int inputs, float* outputGradient, int* positions, int outputs, float* lists, float* inputGradient)
    {
        const int positionsPerCell = 4;
        int run = Filter * inputs;
        int capacity = outputs + 1;
        float* allFactors = lists;
        int* allOffsets = (int*)(lists + Cells * positionsPerCell * capacity);
        int* counts = stackalloc int[Cells * positionsPerCell];

        for (int cell = 0; cell < Cells; cell++)
        {
            int* cellCounts = counts + cell * positionsPerCell;
            cellCounts[0] = cellCounts[1] = cellCounts[2] = cellCounts[3] = 0;
            for (int output = 0; output < outputs; output++)
            {
                int position = positions[cell * outputs + output];
                int list = position & 3;
                int slot = (cell * positionsPerCell + list) * capacity + cellCounts[list];
                allFactors[slot] = outputGradient[output * Cells + cell];
                allOffsets[slot] = output * run;
                cellCounts[list] += Active(position);
            }
        }

        new Span<float>(inputGradient, Side * Side * inputs).Clear();

        // One row of all filters at a time stays in the first-level cache.
        for (int row = 0; row < Filter; row++)
            for (int y = 0; y < Pooled; y++)
                for (int x = 0; x < Pooled; x++)
                    for (int position = 0; position < positionsPerCell; position++)
                    {
                        int list = (y * Pooled + x) * positionsPerCell + position;
                        WeightedRows.Add(
                            inputGradient + row * Side * inputs + Offset(y, x, position, inputs), run, packed + row * outputs * run,
                            allOffsets + list * capacity, allFactors + list * capacity, counts[list]);
                    }
    }

    // Where in the input the filter's corner lies when it gives a cell's position.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Offset(int y, int x, int position, int inputs) =>
        ((2 * y + (position >> 1 & 1)) * Side + 2 * x + (position & 1)) * inputs;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Active(int position) => 1 + (position >> 31);
}
