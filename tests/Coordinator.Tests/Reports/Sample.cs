using MnistDistributed.Coordinator.Reports;
using MnistDistributed.Coordinator.Training;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Evaluation;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Tests.Reports;

/// <summary>Runs to report on.</summary>
internal static class Sample
{
    public const string WeightsSha256 = "5f2a1c0d9e8b7a6f5e4d3c2b1a0f9e8d7c6b5a4f3e2d1c0b9a8f7e6d5c4b3a2f";

    /// <summary>
    /// A run whose first so many test images are wrong, each less confidently than the one before; image k is of label k % 10.
    /// </summary>
    public static RunSummary Run(int errors, int images = 1000, int epochs = 3, int validation = 5000)
    {
        var pixels = new byte[images * ImageSet.Pixels];
        new Random(1).NextBytes(pixels);
        byte[] labels = [.. Enumerable.Range(0, images).Select(i => (byte)(i % 10))];
        var logits = new float[images * 10];
        for (int i = 0; i < images; i++)
        {
            // Wrong ones are taken for the next label, every third for the one after.
            int predicted = i >= errors ? labels[i] : (labels[i] + (i % 3 == 0 ? 2 : 1)) % 10;
            logits[i * 10 + predicted] = 8 - i * 0.005f;
        }
        var set = new ImageSet(pixels, labels);
        return new RunSummary
        {
            RunId = "sample-run",
            Spec = new RunSpec { Epochs = epochs, TrainingImages = 60000, Validation = validation, DataDigest = new string('d', 64) },
            IsStopped = false,
            Steps = 430 * epochs,
            TotalSteps = 430 * epochs,
            Usage = new RunCounters(1, new() { Steps = 430 * epochs }),
            WeightsSha256 = WeightsSha256,
            Epochs = [.. Enumerable.Range(0, epochs).Select(epoch => Epoch(epoch, validation > 0))],
            Test = Evaluation.From(logits, labels),
            TestImages = set,
            Runtime = new RuntimeInfo(3, 5),
            TrainImagesPerSecond = 5312.25,
            TotalSeconds = 61.5,
            Started = new DateTimeOffset(2026, 3, 9, 14, 5, 6, TimeSpan.FromHours(2)),
        };
    }

    /// <summary>A run on letters: labels 1 to 26 with names, of each 40 images, 4 of which were taken for the next letter.</summary>
    public static RunSummary Letters()
    {
        const int classes = 27, images = 40 * 26;
        byte[] labels = [.. Enumerable.Range(0, images).Select(i => (byte)(i % 26 + 1))];
        var logits = new float[images * classes];
        for (int i = 0; i < images; i++)
            logits[i * classes + (i / 26 < 4 ? labels[i] % 26 + 1 : labels[i])] = 8;
        var run = Run(errors: 0);
        return run with
        {
            Spec = run.Spec with { Network = run.Spec.Network with { Classes = classes } },
            Test = Evaluation.From(logits, labels, classes),
            TestImages = new ImageSet(new byte[images * ImageSet.Pixels], labels),
            Labels = LabelNames.Of(["", .. Enumerable.Range(0, 26).Select(i => $"{(char)('A' + i)}")]),
        };
    }

    private static EpochRecord Epoch(int epoch, bool validated) => new()
    {
        Epoch = epoch,
        TrainLoss = 0.25 / (epoch + 1),
        TrainAccuracy = 1 - 0.0625 / (epoch + 1),
        ValidationLoss = validated ? 0.125 / (epoch + 1) : null,
        ValidationAccuracy = validated ? 1 - 0.03125 / (epoch + 1) : null,
        Seconds = 10.5,
        LearningRate = 0.001,
    };
}
