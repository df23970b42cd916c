using FsCheck.Xunit;
using MnistDistributed.Model.Evaluation;

namespace MnistDistributed.Model.Tests.Evaluation;

public class ClassificationReportTests
{
    // Label 0: 3 of 4 found, one false alarm. Label 1: 1 of 2 found, one false alarm. Label 2: never predicted.
    // Label 3: predicted once, never right and never there. The others do not occur.
    private static readonly ClassificationReport _small = new(new ConfusionMatrix([0, 0, 0, 0, 1, 1, 2], [0, 0, 0, 1, 1, 0, 3]));

    [Fact]
    public void Scores_are_those_computed_by_hand()
    {
        Assert.Equal(new ClassMetrics(3 / 4.0, 3 / 4.0, 3 / 4.0, 4), _small.Classes[0]);
        Assert.Equal(new ClassMetrics(1 / 2.0, 1 / 2.0, 1 / 2.0, 2), _small.Classes[1]);
        Assert.Equal(4 / 7.0, _small.Accuracy);
    }

    [Fact]
    public void An_empty_denominator_gives_zero()
    {
        Assert.Equal(new ClassMetrics(0, 0, 0, 1), _small.Classes[2]);
        Assert.Equal(new ClassMetrics(0, 0, 0, 0), _small.Classes[3]);
        Assert.Equal(new ClassMetrics(0, 0, 0, 0), _small.Classes[9]);
        var nothing = new ClassificationReport(new ConfusionMatrix([], []));
        Assert.Equal(new ClassMetrics(0, 0, 0, 0), nothing.Weighted);
        Assert.Equal(0, nothing.Accuracy);
    }

    [Fact]
    public void Macro_is_the_mean_of_the_classes_and_weighted_that_of_the_images()
    {
        Assert.Equal((3 / 4.0 + 1 / 2.0) / 10, _small.Macro.Precision, 15);
        Assert.Equal((4 * 3 / 4.0 + 2 * 1 / 2.0) / 7, _small.Weighted.Precision, 15);
        Assert.Equal(7, _small.Macro.Support);
        Assert.Equal(7, _small.Weighted.Support);
    }

    [Property]
    public void Identities_of_the_definitions_hold((byte Label, byte Predicted)[] pairs)
    {
        byte[] labels = [.. pairs.Select(pair => (byte)(pair.Label % 10))];
        byte[] predictions = [.. pairs.Select(pair => (byte)(pair.Predicted % 10))];

        var report = new ClassificationReport(new ConfusionMatrix(labels, predictions));

        // Recall weighted by support is accuracy; F1 is the harmonic mean; every score is a share.
        Assert.Equal(report.Accuracy, report.Weighted.Recall, 12);
        Assert.Equal(pairs.Length, report.Classes.Sum(scores => scores.Support));
        Assert.All([.. report.Classes, report.Macro, report.Weighted], scores =>
        {
            Assert.InRange(scores.Precision, 0, 1);
            Assert.InRange(scores.Recall, 0, 1);
            Assert.InRange(scores.F1, 0, 1);
        });
        Assert.All(report.Classes, scores => Assert.Equal(
            scores.Precision + scores.Recall == 0 ? 0 : 2 * scores.Precision * scores.Recall / (scores.Precision + scores.Recall),
            scores.F1,
            12));
    }
}
