namespace MnistDistributed.Model.Network;

/// <summary>
/// The widths of the network: conv 3x3, ReLU, max-pool 2, conv 3x3, ReLU, max-pool 2, flatten, dense, ReLU, dropout, dense.
/// The default is the Keras MNIST example, 225,034 parameters; tests use narrow ones.
/// </summary>
/// <param name="Conv1">Channels of the first convolution, a multiple of 16.</param>
/// <param name="Conv2">Channels of the second convolution, a multiple of 16.</param>
/// <param name="Hidden">Units of the hidden dense layer, a multiple of 16.</param>
/// <param name="Classes">Number of classes, and of logits: the data set's, ten for digits.</param>
public sealed record CnnShape(int Conv1 = 32, int Conv2 = 64, int Hidden = 128, int Classes = CnnShape.Digits)
{
    /// <summary>Number of classes where they are digits.</summary>
    public const int Digits = 10;

    /// <summary>The most classes: a label is a byte.</summary>
    public const int MostClasses = 256;

    /// <summary>Height and width of the second pool's output, 5.</summary>
    public const int Pooled = 5;

    /// <summary>Inputs of the hidden layer: the second pool's output, flattened channel by channel.</summary>
    public int Flat => Conv2 * Pooled * Pooled;

    /// <summary>The named parameters, in the order in which they lie in the one weight array, with PyTorch's shapes.</summary>
    public IReadOnlyList<Parameter> Parameters()
    {
        var parameters = new List<Parameter>();
        int offset = 0;
        Add("conv1.weight", Conv1, 1, 3, 3);
        Add("conv1.bias", Conv1);
        Add("conv2.weight", Conv2, Conv1, 3, 3);
        Add("conv2.bias", Conv2);
        Add("dense1.weight", Hidden, Flat);
        Add("dense1.bias", Hidden);
        Add("dense2.weight", Classes, Hidden);
        Add("dense2.bias", Classes);
        return parameters;

        void Add(string name, params int[] shape)
        {
            var parameter = new Parameter(name, shape, offset);
            parameters.Add(parameter);
            offset += parameter.Length;
        }
    }

    /// <summary>Length of the weight and gradient arrays.</summary>
    public int ParameterCount() => Parameters().Sum(parameter => parameter.Length);
}
