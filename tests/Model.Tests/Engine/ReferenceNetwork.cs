using MnistDistributed.Model.Network;

namespace MnistDistributed.Model.Tests.Engine;

/// <summary>The network in double, layer by layer, in the plainest loops there are: what the engine is held against.</summary>
internal sealed class ReferenceNetwork(CnnShape shape, double[] weights)
{
    private int Classes => shape.Classes;

    private readonly Dictionary<string, int> _offsets = shape.Parameters().ToDictionary(p => p.Name, p => p.Offset);

    public ReferenceNetwork(CnnShape shape, float[] weights)
        : this(shape, Array.ConvertAll(weights, weight => (double)weight))
    {
    }

    public double[] Logits(double[] pixels) => Forward(pixels, null).Logits;

    /// <summary>Adds the gradient of one sample's loss, and returns the loss.</summary>
    public double Loss(double[] pixels, int label, double smoothing, double[]? hiddenFactors, double[]? gradient)
    {
        var layers = Forward(pixels, hiddenFactors);
        double largest = layers.Logits.Max();
        double sum = layers.Logits.Sum(z => Math.Exp(z - largest));
        double loss = 0;
        var d = new double[Classes];
        for (int c = 0; c < Classes; c++)
        {
            double target = smoothing / Classes + (c == label ? 1 - smoothing : 0);
            double logProbability = layers.Logits[c] - largest - Math.Log(sum);
            loss -= target * logProbability;
            d[c] = Math.Exp(logProbability) - target;
        }

        if (gradient is not null)
            Backward(layers, pixels, hiddenFactors, d, gradient);
        return loss;
    }

    private sealed record Layers(
        double[] Conv1, double[] Pool1, int[] From1, double[] Conv2, double[] Pool2, int[] From2, double[] Sums, double[] Hidden,
            double[] Logits);

    private Layers Forward(double[] pixels, double[]? hiddenFactors)
    {
        var conv1 = Relu(Convolution(pixels, 1, 28, "conv1", shape.Conv1));
        var (pool1, from1) = MaxPool(conv1, shape.Conv1, 26);
        var conv2 = Relu(Convolution(pool1, shape.Conv1, 13, "conv2", shape.Conv2));
        var (pool2, from2) = MaxPool(conv2, shape.Conv2, 11);
        var sums = Affine(pool2, "dense1", shape.Hidden);
        var hidden = Relu(sums);
        if (hiddenFactors is not null)
            hidden = [.. hidden.Select((value, i) => value * hiddenFactors[i])];
        return new(conv1, pool1, from1, conv2, pool2, from2, sums, hidden, Affine(hidden, "dense2", Classes));
    }

    private void Backward(Layers layers, double[] pixels, double[]? hiddenFactors, double[] logits, double[] gradient)
    {
        var hidden = AffineBackward(layers.Hidden, logits, "dense2", gradient);
        for (int i = 0; i < hidden.Length; i++)
            hidden[i] = layers.Sums[i] > 0 ? hidden[i] * (hiddenFactors?[i] ?? 1) : 0;
        var pool2 = AffineBackward(layers.Pool2, hidden, "dense1", gradient);
        var conv2 = MaxPoolBackward(pool2, layers.From2, layers.Conv2);
        var pool1 = ConvolutionBackward(layers.Pool1, shape.Conv1, 13, conv2, "conv2", shape.Conv2, gradient);
        var conv1 = MaxPoolBackward(pool1, layers.From1, layers.Conv1);
        ConvolutionBackward(pixels, 1, 28, conv1, "conv1", shape.Conv1, gradient);
    }

    private double[] Convolution(double[] x, int inputs, int side, string name, int outputs)
    {
        int w = _offsets[name + ".weight"], b = _offsets[name + ".bias"], outSide = side - 2;
        var y = new double[outputs * outSide * outSide];
        for (int o = 0; o < outputs; o++)
            for (int row = 0; row < outSide; row++)
                for (int column = 0; column < outSide; column++)
                {
                    double sum = weights[b + o];
                    for (int i = 0; i < inputs; i++)
                        for (int ky = 0; ky < 3; ky++)
                            for (int kx = 0; kx < 3; kx++)
                                sum += weights[w + ((o * inputs + i) * 3 + ky) * 3 + kx] * x[(i * side + row + ky) * side + column + kx];
                    y[(o * outSide + row) * outSide + column] = sum;
                }

        return y;
    }

    private double[] ConvolutionBackward(double[] x, int inputs, int side, double[] dy, string name, int outputs, double[] gradient)
    {
        int w = _offsets[name + ".weight"], b = _offsets[name + ".bias"], outSide = side - 2;
        var dx = new double[x.Length];
        for (int o = 0; o < outputs; o++)
            for (int row = 0; row < outSide; row++)
                for (int column = 0; column < outSide; column++)
                {
                    double d = dy[(o * outSide + row) * outSide + column];
                    gradient[b + o] += d;
                    for (int i = 0; i < inputs; i++)
                        for (int ky = 0; ky < 3; ky++)
                            for (int kx = 0; kx < 3; kx++)
                            {
                                int weight = w + ((o * inputs + i) * 3 + ky) * 3 + kx;
                                int pixel = (i * side + row + ky) * side + column + kx;
                                gradient[weight] += d * x[pixel];
                                dx[pixel] += d * weights[weight];
                            }
                }

        return dx;
    }

    private static (double[] Y, int[] From) MaxPool(double[] x, int channels, int side)
    {
        int outSide = side / 2;
        var y = new double[channels * outSide * outSide];
        var from = new int[y.Length];
        for (int c = 0; c < channels; c++)
            for (int row = 0; row < outSide; row++)
                for (int column = 0; column < outSide; column++)
                {
                    int cell = (c * outSide + row) * outSide + column;
                    y[cell] = double.NegativeInfinity;
                    for (int i = 0; i < 4; i++)
                    {
                        int pixel = (c * side + 2 * row + i / 2) * side + 2 * column + i % 2;
                        if (x[pixel] > y[cell])
                            (y[cell], from[cell]) = (x[pixel], pixel);
                    }
                }

        return (y, from);
    }

    // Also ReLU's: what the pool took is positive where ReLU was active.
    private static double[] MaxPoolBackward(double[] dy, int[] from, double[] x)
    {
        var dx = new double[x.Length];
        for (int i = 0; i < dy.Length; i++)
            if (x[from[i]] > 0)
                dx[from[i]] += dy[i];
        return dx;
    }

    private double[] Affine(double[] x, string name, int outputs)
    {
        int w = _offsets[name + ".weight"], b = _offsets[name + ".bias"];
        var y = new double[outputs];
        for (int o = 0; o < outputs; o++)
        {
            y[o] = weights[b + o];
            for (int i = 0; i < x.Length; i++)
                y[o] += weights[w + o * x.Length + i] * x[i];
        }

        return y;
    }

    private double[] AffineBackward(double[] x, double[] dy, string name, double[] gradient)
    {
        int w = _offsets[name + ".weight"], b = _offsets[name + ".bias"];
        var dx = new double[x.Length];
        for (int o = 0; o < dy.Length; o++)
        {
            gradient[b + o] += dy[o];
            for (int i = 0; i < x.Length; i++)
            {
                gradient[w + o * x.Length + i] += dy[o] * x[i];
                dx[i] += dy[o] * weights[w + o * x.Length + i];
            }
        }

        return dx;
    }

    private static double[] Relu(double[] x) => Array.ConvertAll(x, value => Math.Max(value, 0));
}
