using System.Text;
using MnistDistributed.Model.Data;
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
    public void A_checkpoint_is_called_one()
    {
        File.WriteAllBytes(_path, CheckpointFile.ToBytes(new Checkpoint(_spec, TrainingState.Initial(_spec), [], 1, 0)));
        Assert.Contains(
            "it is a checkpoint of a run", Assert.Throws<InvalidDataException>(() => ModelFile.Read(_path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Classes_and_their_names_come_back_as_they_were()
    {
        var spec = _spec with { Network = _spec.Network with { Classes = 27 } };
        var labels = LabelNames.Of(Enumerable.Range(0, 27).Select(label => label == 0 ? "" : $"{(char)('A' + label - 1)}"));
        ModelFile.Write(_path, TestRun.Floats(spec.Network.ParameterCount(), seed: 3), spec, labels);
        var model = ModelFile.Read(_path);
        Assert.Equal(27, model.Network.Classes);
        Assert.Equal(("0", "A", "Z"), (model.Labels[0], model.Labels[1], model.Labels[26]));
        Change(file => file with { Metadata = new() { ["labels"] = "[\"a\"]" } });
        Refuses("its labels are not the names of its 10 classes");
        Change(file => file with { Metadata = new() { ["labels"] = "{" } });
        Refuses("its labels are not a list of names");
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

    [Theory]
    [InlineData("module.")]
    [InlineData("_orig_mod.")]
    [InlineData("model.module._orig_mod.")]
    public void One_prefix_that_all_names_have_is_taken_off(string prefix)
    {
        Change(file => file with { Tensors = [.. file.Tensors.Select(tensor => tensor with { Name = prefix + tensor.Name })] });
        Assert.Equal(_weights, ModelFile.Read(_path).Weights);

        Change(file => file with { Tensors = [.. file.Tensors.Select((tensor, i) =>
            tensor with { Name = (i < 2 ? prefix : "ema.") + tensor.Name })] });
        Refuses($"it holds '{prefix}conv1.weight' [16, 1, 3, 3], '{prefix}conv1.bias' [16], 'ema.conv2.weight' [32, 16, 3, 3], ");
    }

    [Fact]
    public void A_mismatch_names_what_is_there_and_what_is_wanted()
    {
        Change(_ => new SafetensorsFile([], [
            new NamedTensor("fc1.weight", [128, 784], new float[128 * 784]), new NamedTensor("fc1.bias", [128], new float[128])]));
        Refuses("it has no tensor 'conv1.weight' of 4 dimensions; it holds 'fc1.weight' [128, 784], 'fc1.bias' [128]; wanted are, in "
            + "layers of a, b and c channels and d classes, conv1.weight [a, 1, 3, 3], ");
        Change(_ => new SafetensorsFile([], [.. Enumerable.Range(0, 20).Select(i => new NamedTensor($"w{i}", [1], new float[1]))]));
        Refuses("'w11' [1] and 8 more; wanted are");
        // As a counter of batches; and a quantised layer.
        foreach (var (from, to, says) in ((string, string, string)[])[
            ("{\"conv1", """{"n":{"dtype":"I64","shape":[],"data_offsets":[0,0]},"conv1""",
                "'n' is none of this network's; it holds 'n' []"),
            ("F32\",\"shape\":[10]", "I32\",\"shape\":[10]", "tensor 'dense2.bias' is of type 'I32', and only F16")])
        {
            Change(file => file with { Metadata = [] });
            byte[] bytes = File.ReadAllBytes(_path);
            int length = BitConverter.ToInt32(bytes);
            byte[] header = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes, 8, length).Replace(from, to, StringComparison.Ordinal));
            File.WriteAllBytes(_path, [.. BitConverter.GetBytes((long)header.Length), .. header, .. bytes[(8 + length)..]]);
            Refuses(says);
        }

        Change(_ => new SafetensorsFile([], []));
        Refuses("it holds no tensor; wanted are");
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
