using MnistDistributed.Model.Storage;
using MnistDistributed.Model.Tests.Training;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Tests.Storage;

public sealed class ModelFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RunSpec _spec = TestRun.Spec() with { Network = new(16, 32, 48) };
    private readonly float[] _weights;
    private readonly string _path;

    public ModelFileTests()
    {
        _weights = TestRun.Floats(_spec.Network.ParameterCount(), seed: 3);
        _path = _folder.File("model.safetensors");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Comes_back_as_it_was()
    {
        ModelFile.Write(_path, _weights, _spec);
        var model = ModelFile.Read(_path);
        Assert.Equal(_weights, model.Weights);
        Assert.Equal(_spec.Network, model.Network);
        Assert.Equal(_spec, model.Spec);
    }

    [Fact]
    public void Has_the_names_and_shapes_of_PyTorch()
    {
        ModelFile.Write(_path, _weights, _spec);
        var file = SafetensorsFile.Read(_path);
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal(
            ["conv1.weight 16,1,3,3", "conv1.bias 16", "conv2.weight 32,16,3,3", "conv2.bias 32",
                "dense1.weight 48,800", "dense1.bias 48", "dense2.weight 10,48", "dense2.bias 10"],
            file.Tensors.Select(tensor => $"{tensor.Name} {string.Join(',', tensor.Shape)}"));
    }

    [Fact]
    public void Tensors_in_any_order_and_no_metadata_will_do()
    {
        Change(file => new SafetensorsFile([], [.. file.Tensors.Reverse()]));
        var model = ModelFile.Read(_path);
        Assert.Equal(_weights, model.Weights);
        Assert.Null(model.Spec);
    }

    [Fact]
    public void Files_of_other_networks_are_refused()
    {
        foreach (var parameter in _spec.Network.Parameters())
        {
            Change(file => file with { Tensors = [.. file.Tensors.Where(tensor => tensor.Name != parameter.Name)] });
            Refuses($"'{parameter.Name}'");
            Change(file => file with { Tensors = [.. file.Tensors.Select(tensor =>
                tensor.Name == parameter.Name ? tensor with { Shape = [tensor.Values.Length, 1] } : tensor)] });
            Refuses("");
        }

        Change(file => file with { Tensors = [.. file.Tensors, new NamedTensor("dense3.bias", [1], new float[1])] });
        Refuses("'dense3.bias' is none of this network's");
        Change(file => file with { Tensors = [new NamedTensor("conv1.weight", [17, 1, 3, 3], new float[153]), .. file.Tensors.Skip(1)] });
        Refuses("multiple of 16");
        Change(file => file with { Tensors = [new NamedTensor("conv1.weight", [0, 1, 3, 3], default), .. file.Tensors.Skip(1)] });
        Refuses("multiple of 16");
        Change(file => file with { Metadata = new() { ["runSpec"] = RunSpecJson.Write(TestRun.Spec()) } });
        Refuses("another network");
        Change(file => file with { Metadata = new() { ["runSpec"] = "{}" } });
        Refuses("not a run's spec");
    }

    [Fact]
    public void Weights_that_are_no_numbers_are_refused()
    {
        _weights[_spec.Network.Parameters()[3].Offset] = float.NaN;
        ModelFile.Write(_path, _weights, _spec);
        Refuses("'conv2.bias' holds NaN");
    }

    private void Change(Func<SafetensorsFile, SafetensorsFile> change)
    {
        ModelFile.Write(_path, _weights, _spec);
        File.WriteAllBytes(_path, change(SafetensorsFile.Read(_path)).ToBytes());
    }

    private void Refuses(string part)
    {
        var e = Assert.Throws<InvalidDataException>(() => ModelFile.Read(_path));
        Assert.Contains(part, e.Message, StringComparison.Ordinal);
        Assert.StartsWith(_path, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(e.Message, char.IsControl);
    }
}
