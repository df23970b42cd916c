namespace MnistDistributed.Model.Storage;

/// <summary>A tensor of a safetensors file.</summary>
/// <param name="Name">Its name, such as <c>conv1.weight</c>.</param>
/// <param name="Shape">Its sizes, such as <c>[32, 1, 3, 3]</c>.</param>
/// <param name="Values">Its elements, row by row; as many as the product of the sizes, or none where it is not of floats.</param>
/// <param name="Type">The type that a file has it in, such as <c>F32</c>.</param>
public sealed record NamedTensor(string Name, IReadOnlyList<int> Shape, ReadOnlyMemory<float> Values, string Type = "F32");
