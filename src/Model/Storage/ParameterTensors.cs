using MnistDistributed.Model.Network;

namespace MnistDistributed.Model.Storage;

/// <summary>One array laid out as <see cref="CnnShape.Parameters"/>, as named tensors and back.</summary>
internal static class ParameterTensors
{
    /// <summary>The array's parameters as tensors that share its memory.</summary>
    /// <param name="network">The network.</param>
    /// <param name="array">Weights, or one of the optimizer's moments.</param>
    /// <param name="prefix">What the tensors' names begin with; empty for weights.</param>
    public static IEnumerable<NamedTensor> Of(CnnShape network, float[] array, string prefix) =>
        network.Parameters().Select(parameter =>
            new NamedTensor(prefix + parameter.Name, parameter.Shape, array.AsMemory(parameter.Offset, parameter.Length)));

    /// <summary>Takes an array's tensors out of <paramref name="tensors"/>.</summary>
    /// <param name="network">The network.</param>
    /// <param name="tensors">A file's tensors by name; those that are found are removed.</param>
    /// <param name="prefix">What the names begin with.</param>
    /// <param name="source">The file, for the error.</param>
    /// <param name="aside">What else the error says.</param>
    /// <exception cref="InvalidDataException">One is missing or of another shape.</exception>
    public static float[] Take(CnnShape network, Dictionary<string, NamedTensor> tensors, string prefix, string source, string aside = "")
    {
        float[] array = new float[network.ParameterCount()];
        foreach (var parameter in network.Parameters())
        {
            string name = prefix + parameter.Name;
            if (!tensors.Remove(name, out var tensor))
                throw SafetensorsFile.Invalid(source, $"it has no tensor '{name}' of shape {Text(parameter.Shape)}{aside}");
            if (!tensor.Shape.SequenceEqual(parameter.Shape))
                throw SafetensorsFile.Invalid(
                    source, $"tensor '{name}' is of shape {Text(tensor.Shape)}, and should be of {Text(parameter.Shape)}{aside}");
            if (tensor.Values.Length != parameter.Length)
                throw SafetensorsFile.Invalid(
                    source, $"tensor '{name}' is of type {SafetensorsFile.Quote(tensor.Type)}, and only F16, BF16, F32 and F64 are read");
            tensor.Values.Span.CopyTo(parameter.In(array.AsSpan()));
        }

        return array;
    }

    /// <summary>Complains of tensors that nothing has taken.</summary>
    /// <exception cref="InvalidDataException">There are some.</exception>
    public static void DemandNoMore(Dictionary<string, NamedTensor> tensors, string source, string aside = "")
    {
        if (tensors.Count > 0)
        {
            string name = tensors.MinBy(tensor => tensor.Key, StringComparer.Ordinal).Key;
            throw SafetensorsFile.Invalid(source, $"tensor {SafetensorsFile.Quote(name)} is none of this network's{aside}");
        }
    }

    /// <summary>A shape for people: <c>[32, 1, 3, 3]</c>.</summary>
    public static string Text(IReadOnlyList<int> shape) => $"[{string.Join(", ", shape)}]";
}
