using FsCheck.Xunit;
using MnistDistributed.Model.Evaluation;

namespace MnistDistributed.Model.Tests.Evaluation;

public class ClassificationReportTests
{
    // Label 0: 3 of 4 found, one false alarm. Label 1: 1 of 2 found, one false alarm. Label 2: never predicted.
    // Label 3: predicted once, never right and never there. The others do not occur.
    private static readonly ClassificationReport _small = new(new ConfusionMatrix([0, 0, 0, 0, 1, 1, 2], [0, 0, 0, 1, 1, 0, 3]));

    // Printed by scikit-learn 1.2.1: classification_report(labels, predictions, zero_division=0, digits=4).
    private const string ScikitLearn = """
                      precision    recall  f1-score   support

                   0     0.7119    0.9333    0.8077        45
                   1     0.3814    0.8605    0.5286        43
                   2     0.9167    0.8627    0.8889        51
                   3     0.8571    0.8182    0.8372        44
                   4     0.8649    0.8205    0.8421        39
                   5     0.8302    0.8627    0.8462        51
                   6     0.9216    0.9216    0.9216        51
                   7     0.0000    0.0000    0.0000        55
                   8     0.8364    0.8519    0.8440        54
                   9     0.9655    0.8358    0.8960        67

            accuracy                         0.7680       500
           macro avg     0.7286    0.7767    0.7412       500
        weighted avg     0.7316    0.7680    0.7397       500

        """;

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
        // Over the four labels that occur, as scikit-learn has it; the others are no classes of these images.
        Assert.Equal((3 / 4.0 + 1 / 2.0) / 4, _small.Macro.Precision, 15);
        Assert.Equal((4 * 3 / 4.0 + 2 * 1 / 2.0) / 7, _small.Weighted.Precision, 15);
        Assert.Equal(7, _small.Macro.Support);
        Assert.Equal(7, _small.Weighted.Support);
    }

    [Fact]
    public void The_text_is_what_scikit_learn_prints()
    {
        // The same 500 pairs that scikit-learn was given: a linear congruential generator; 7 is neither found nor predicted.
        uint state = 12345;
        var labels = new byte[500];
        var predictions = new byte[500];
        for (int i = 0; i < labels.Length; i++)
        {
            labels[i] = (byte)(Next() % 10);
            predictions[i] = Next() % 100 < 85 ? labels[i] : (byte)(Next() % 10);
            if (labels[i] == 7)
                predictions[i] = 1;
            if (predictions[i] == 7)
                predictions[i] = 0;
        }

        string text = new ClassificationReport(new ConfusionMatrix(labels, predictions)).ToText(digits: 4);

        Assert.Equal(ScikitLearn.ReplaceLineEndings("\n"), text);

        uint Next() => (state = (state * 1103515245 + 12345) & 0x7FFFFFFF) >> 16;
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
