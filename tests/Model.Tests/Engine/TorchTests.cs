using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Tests.Engine;

/// <summary>The engine against PyTorch: what tests/pytorch/make_fixtures.py wrote.</summary>
public class TorchTests
{
    [Theory]
    [InlineData("narrow.json")]
    [InlineData("uneven.json")]
    public void Logits_loss_and_every_gradient_are_PyTorchs(string name) => Agrees("simd", name);

    /// <summary>Holds an engine against a fixture.</summary>
    internal static void Agrees(string engineName, string name)
    {
        var fixture = Fixture(name);
        var widths = fixture.GetProperty("network").EnumerateArray().Select(width => width.GetInt32()).ToArray();
        var shape = new CnnShape(widths[0], widths[1], widths[2]);
        var weights = Floats(fixture.GetProperty("weights"));
        var images = new ImageSet(
            fixture.GetProperty("pixels").GetBytesFromBase64(),
            [.. fixture.GetProperty("labels").EnumerateArray().Select(label => label.GetByte())]);

        // Order, names and shapes of the parameters are PyTorch's too.
        Assert.Equal(
            fixture.GetProperty("parameters").EnumerateObject()
                .Select(parameter => $"{parameter.Name} {parameter.Value.GetRawText().Replace(" ", "", StringComparison.Ordinal)}"),
            shape.Parameters().Select(parameter => $"{parameter.Name} [{string.Join(',', parameter.Shape)}]"));

        foreach (var expected in fixture.GetProperty("cases").EnumerateArray())
        {
            var spec = new RunSpec
            {
                Engine = engineName,
                Network = shape,
                Recipe = new Recipe { Dropout = 0, Shift = 0, LabelSmoothing = expected.GetProperty("labelSmoothing").GetDouble() },
            };
            var engine = GradientEngines.Create(spec, images);
            var (gradient, sum) = Batches.Gradient(engine, spec, weights, 0, [.. Enumerable.Range(0, images.Count)], images.Count);
            var logits = new float[images.Count * CnnShape.Digits];
            engine.Logits(weights, images, 0, logits);

            var expectedGradient = Array.ConvertAll(Floats(expected.GetProperty("gradient")), element => (double)element);
            Assert.Equal(expected.GetProperty("loss").GetDouble(), sum.Loss, 1e-5);
            Assert.InRange(Batches.Difference(shape, gradient, expectedGradient), 0, 1e-5);
            foreach (var (logit, actual) in fixture.GetProperty("logits").EnumerateArray().Zip(logits))
                Assert.Equal(logit.GetDouble(), actual, 2e-6);
        }
    }

    private static float[] Floats(JsonElement base64) => MemoryMarshal.Cast<byte, float>(base64.GetBytesFromBase64()).ToArray();

    private static JsonElement Fixture(string name, [CallerFilePath] string here = "")
    {
        string path = Path.Combine(Path.GetDirectoryName(here)!, "..", "fixtures", "engine", name);
        return JsonDocument.Parse(File.ReadAllText(path)).RootElement;
    }
}
