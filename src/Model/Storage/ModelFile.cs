using MnistDistributed.Model.Network;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Storage;

/// <summary>A trained network as <c>model.safetensors</c>, with PyTorch's names and shapes, so that PyTorch loads it as it is.</summary>
public static class ModelFile
{
    private const string SpecKey = "runSpec";

    /// <summary>Writes a model, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="weights">All weights, laid out as <see cref="CnnShape.Parameters"/>.</param>
    /// <param name="spec">How it was trained, and its network.</param>
    public static void Write(string path, float[] weights, RunSpec spec)
    {
        var metadata = new OrderedDictionary<string, string> { ["format"] = "pt", [SpecKey] = RunSpecJson.Write(spec, indented: false) };
        byte[] bytes = new SafetensorsFile(metadata, [.. ParameterTensors.Of(spec.Network, weights, "")]).ToBytes();
        AtomicFile.Write(path, stream => stream.Write(bytes));
    }

    /// <summary>Reads a model, one that PyTorch has written too.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or holds another network; the message says what is wrong.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public static SavedModel Read(string path)
    {
        var file = SafetensorsFile.Read(path);
        var tensors = file.Tensors.ToDictionary(tensor => tensor.Name);
        var network = new CnnShape(Width("conv1.weight", 4), Width("conv2.weight", 4), Width("dense1.weight", 2));
        if (RunSpecCheck.NetworkProblem(network) is { } problem)
            throw SafetensorsFile.Invalid(path, problem.TrimEnd('.'));

        float[] weights = ParameterTensors.Take(network, tensors, "", path);
        ParameterTensors.DemandNoMore(tensors, path);
        foreach (var parameter in network.Parameters())
        {
            foreach (float weight in parameter.In(weights.AsSpan()))
            {
                if (!float.IsFinite(weight))
                    throw SafetensorsFile.Invalid(path, $"tensor '{parameter.Name}' holds {weight}: its training has diverged");
            }
        }

        var spec = file.Metadata.TryGetValue(SpecKey, out string? json) ? RunSpecJson.Read(json, $"{path}: its {SpecKey}") : null;
        if (spec is not null && spec.Network != network)
            throw SafetensorsFile.Invalid(path, $"its {SpecKey} is of another network than its tensors");
        return new SavedModel(network, weights, spec);

        int Width(string name, int rank) =>
            tensors.TryGetValue(name, out var tensor) && tensor.Shape.Count == rank ? tensor.Shape[0]
            : throw SafetensorsFile.Invalid(path, $"it has no tensor '{name}' of {rank} dimensions");
    }
}
