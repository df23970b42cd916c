using System.Text.Json;
using MnistDistributed.Coordinator.Reports;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Storage;

namespace MnistDistributed.Coordinator.Tests.Commands;

/// <summary>A data set with other labels than digits, as NIST has it: labels 1 to 26, images on their side, a file of names.</summary>
public sealed class LettersProcessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public LettersProcessTests()
    {
        SmallData.Write(_folder.File("letters"), Letters(600), Letters(100));
        foreach (string name in MnistFiles.All)
        {
            string nists = $"emnist-letters-{name.Replace("t10k", "test", StringComparison.Ordinal)}";
            File.Move(_folder.File($"letters/{name}"), _folder.File($"letters/{nists}"));
        }

        File.WriteAllText(_folder.File("mapping.txt"),
            string.Concat(Enumerable.Range(1, 26).Select(label => $"{label} {'A' + label - 1} {'a' + label - 1}\n")));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Letters_are_trained_reported_evaluated_and_go_on_under_their_names()
    {
        string[] data = ["--data", "letters", "--transpose"];
        var (code, output, error) = await Run(
            ["train", .. data, "--labels", "mapping.txt", "--epochs", "1", "--out", "runs", "--no-http", "--run", "abc"]);
        Assert.Equal((0, ""), (code, error));
        // A tenth is held out where the usual 5,000 would leave nothing.
        Assert.Contains("1 epoch of 540 images", output, StringComparison.Ordinal);
        Assert.Contains(" taken for ", output, StringComparison.Ordinal);

        string run = _folder.File("runs/abc");
        using var metrics = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "metrics.json")));
        Assert.Equal(27, metrics.RootElement.GetProperty("spec").GetProperty("network").GetProperty("classes").GetInt32());
        Assert.Equal("A", metrics.RootElement.GetProperty("perClass")[1].GetProperty("name").GetString());
        Assert.StartsWith("true,0,A,B,C,", File.ReadAllText(Path.Combine(run, "confusion.csv")), StringComparison.Ordinal);
        var model = ModelFile.Read(Path.Combine(run, "model.safetensors"));
        Assert.Equal((27, "Z"), (model.Network.Classes, model.Labels[26]));

        (code, output, error) = await Run(["evaluate", "--model", "abc", .. data, "--logits", "logits.csv"]);
        Assert.Equal((0, ""), (code, error));
        string accuracy = Format.Percent(metrics.RootElement.GetProperty("testAccuracy").GetDouble());
        Assert.StartsWith($"accuracy {accuracy} (", output, StringComparison.Ordinal);
        Assert.StartsWith("index,0,A,B,", File.ReadAllText(_folder.File("logits.csv")), StringComparison.Ordinal);

        // What was begun on its side is not gone on with upright.
        (code, _, error) = await Run(["train", "--resume", run, "--data", "letters", "--no-http"]);
        Assert.Equal(1, code);
        CommandLine.AssertOneLine(error, "give the run's own with --data, perhaps with --transpose");
    }

    [Fact]
    public async Task A_model_of_digits_does_not_evaluate_letters()
    {
        SmallData.Write(_folder.File("digits"), training: 100, test: 20);
        var spec = new Model.Training.RunSpec { TrainingImages = 60_000, DataDigest = new string('0', 64), Network = new(16, 16, 16) };
        ModelFile.Write(_folder.File("digits.safetensors"), new float[spec.Network.ParameterCount()], spec);
        var (code, _, error) = await Run(["evaluate", "--model", "digits.safetensors", "--data", "letters"]);
        Assert.Equal(1, code);
        CommandLine.AssertOneLine(error, "The test images have labels up to 26, and the model tells only labels 0 to 9 apart");
    }

    [Theory]
    [InlineData(2, "--validation 600: leaves none of the 600 training images to train on; give at most 599.", "--validation", "600")]
    [InlineData(2, "--validation -1: give 0 or more", "--validation", "-1")]
    [InlineData(1, "mapping.txt: it maps label 10, and the data set has labels 0 to 9", "--data", "digits", "--labels", "mapping.txt")]
    [InlineData(1, "nowhere.txt: cannot be read", "--labels", "nowhere.txt")]
    public async Task What_does_not_fit_the_data_set_is_one_line(int expected, string says, params string[] arguments)
    {
        SmallData.Write(_folder.File("digits"), training: 100, test: 20);
        var (code, _, error) = await Run([
            "train", "--no-http", "--out", "none", .. arguments.Contains("--data") ? [] : new[] { "--data", "letters" }, .. arguments]);
        Assert.Equal(expected, code);
        CommandLine.AssertOneLine(error, says);
        Assert.False(Directory.Exists(_folder.File("none")));
    }

    [Fact]
    public async Task MNIST_is_not_transposed()
    {
        var (code, _, error) = await Run(["data", "--transpose"]);
        Assert.Equal(2, code);
        CommandLine.AssertOneLine(error, "--transpose is for the images of --data");
    }

    private static ImageSet Letters(int count)
    {
        var digits = Fingerprint.SyntheticImages(count, classes: 26);
        return new ImageSet(digits.AllPixels.ToArray(), [.. digits.Labels.ToArray().Select(label => (byte)(label + 1))]);
    }

    private async Task<(int Code, string Output, string Error)> Run(string[] arguments)
    {
        await using var coordinator = Programs.Coordinator(_folder.Path, arguments);
        return await coordinator.Result();
    }
}
