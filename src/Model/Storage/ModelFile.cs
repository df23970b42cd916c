using System.Text.Json;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Storage;

/// <summary>A trained network as <c>model.safetensors</c>, with PyTorch's names and shapes, so that PyTorch loads it as it is.</summary>
public static class ModelFile
{
    /// <summary>The file's name in a run's folder.</summary>
    public const string Name = "model.safetensors";

    private const int ShownTensors = 12;
    private const string First = "conv1.weight";

    private const string Wanted = "wanted are, in layers of a, b and c channels and d classes, conv1.weight [a, 1, 3, 3], conv1.bias [a], "
        + "conv2.weight [b, a, 3, 3], conv2.bias [b], dense1.weight [c, 25 b], dense1.bias [c], dense2.weight [d, c] and dense2.bias [d]";

    private const string SpecKey = "runSpec";
    private const string LabelsKey = "labels";

    /// <summary>Writes a model, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="weights">All weights, laid out as <see cref="CnnShape.Parameters"/>.</param>
    /// <param name="spec">How it was trained, and its network.</param>
    /// <param name="labels">What the classes are called; their numbers by default.</param>
    public static void Write(string path, float[] weights, RunSpec spec, LabelNames? labels = null)
    {
        var metadata = new OrderedDictionary<string, string> { ["format"] = "pt", [SpecKey] = RunSpecJson.Write(spec, indented: false) };
        if (labels is { All.Count: > 0 })
            metadata[LabelsKey] = JsonSerializer.Serialize(labels.All);
        byte[] bytes = new SafetensorsFile(metadata, [.. ParameterTensors.Of(spec.Network, weights, "")]).ToBytes();
        AtomicFile.Write(path, stream => stream.Write(bytes));
    }

    /// <summary>
    /// Reads a model, one that PyTorch has written too: a prefix that all names have, such as <c>module.</c> of a parallel module or
    /// <c>_orig_mod.</c> of a compiled one, is taken off.
    /// </summary>
    /// <exception cref="InvalidDataException">The file is damaged or holds another network; the message says what is wrong.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public static SavedModel Read(string path)
    {
        var file = SafetensorsFile.Read(path);
        if (file.Metadata.GetValueOrDefault(CheckpointFile.KindKey) == CheckpointFile.Kind)
            throw SafetensorsFile.Invalid(path, "it is a checkpoint of a run, for train --resume; give the run, or its model");
        int prefix = PrefixOf(file.Tensors);
        var tensors = file.Tensors.ToDictionary(tensor => tensor.Name[prefix..]);
        string aside = $"; it holds {Inventory(file.Tensors)}; {Wanted}";
        var network = new CnnShape(
            Width("conv1.weight", 4), Width("conv2.weight", 4), Width("dense1.weight", 2), Width("dense2.weight", 2));
        if (RunSpecCheck.NetworkProblem(network) is { } problem)
            throw SafetensorsFile.Invalid(path, problem.TrimEnd('.'));

        float[] weights = ParameterTensors.Take(network, tensors, "", path, aside);
        ParameterTensors.DemandNoMore(tensors, path, aside);
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
        return new SavedModel(network, weights, spec, ReadLabels(file, network.Classes, path));

        int Width(string name, int rank) =>
            tensors.TryGetValue(name, out var tensor) && tensor.Shape.Count == rank ? tensor.Shape[0]
            : throw SafetensorsFile.Invalid(path, $"it has no tensor '{name}' of {rank} dimensions{aside}");
    }

    /// <summary>The length of what all names begin with before our own.</summary>
    private static int PrefixOf(IReadOnlyList<NamedTensor> tensors)
    {
        string? first = tensors.Select(tensor => tensor.Name).FirstOrDefault(name => name.EndsWith($".{First}", StringComparison.Ordinal));
        string prefix = first?[..^First.Length] ?? "";
        return tensors.All(tensor => tensor.Name.StartsWith(prefix, StringComparison.Ordinal)) ? prefix.Length : 0;
    }

    private static string Inventory(IReadOnlyList<NamedTensor> tensors)
    {
        string[] shown = [.. tensors.Take(ShownTensors)
            .Select(tensor => $"{SafetensorsFile.Quote(tensor.Name)} {ParameterTensors.Text(tensor.Shape)}")];
        string more = tensors.Count > ShownTensors ? $" and {tensors.Count - ShownTensors} more" : "";
        return shown.Length == 0 ? "no tensor" : string.Join(", ", shown) + more;
    }

    private static LabelNames ReadLabels(SafetensorsFile file, int classes, string path)
    {
        if (!file.Metadata.TryGetValue(LabelsKey, out string? json))
            return LabelNames.Numbers;
        try
        {
            var labels = LabelNames.Of(JsonSerializer.Deserialize<string[]>(json) ?? []);
            return labels.All.Count == classes && LabelNames.Problem(labels) is null ? labels
                : throw SafetensorsFile.Invalid(path, $"its {LabelsKey} are not the names of its {classes} classes");
        }
        catch (JsonException e)
        {
            throw SafetensorsFile.Invalid(path, $"its {LabelsKey} are not a list of names", e);
        }
    }
}
