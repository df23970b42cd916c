using FsCheck.Xunit;
using static MnistDistributed.Model.Evaluation.Evaluation;

namespace MnistDistributed.Model.Tests.Evaluation;

public class EvaluationTests
{
    [Fact]
    public void Loss_is_the_mean_cross_entropy_of_the_softmax()
    {
        float[] logits = [.. Row((3, 1.5f)), .. Row((0, -2f), (7, 4f))];
        double first = Math.Log(9 + Math.Exp(1.5)) - 1.5;
        double second = Math.Log(8 + Math.Exp(-2) + Math.Exp(4)) + 2;

        var evaluation = From(logits, [3, 0]);

        Assert.Equal((first + second) / 2, evaluation.Loss, 14);
        Assert.Equal(Math.Exp(1.5) / (9 + Math.Exp(1.5)), evaluation.Probabilities[0], 14);
        Assert.Equal(Math.Exp(4) / (8 + Math.Exp(-2) + Math.Exp(4)), evaluation.Probabilities[1], 14);
        Assert.Equal(0.5, evaluation.Accuracy);
    }

    [Fact]
    public void Of_equal_logits_the_first_is_the_prediction()
    {
        var evaluation = From([.. Row(), .. Row((4, 2f), (6, 2f))], [0, 6]);

        Assert.Equal<byte>([0, 4], evaluation.Predictions.ToArray());
        Assert.Equal(0.1, evaluation.Probabilities[0], 15);
    }

    [Fact]
    public void Huge_logits_neither_overflow_nor_vanish()
    {
        var evaluation = From([.. Row((2, 3e38f), (3, -3e38f)), .. Row((1, 1000f))], [2, 5]);

        Assert.Equal(1, evaluation.Probabilities[0]);
        Assert.Equal(500, evaluation.Loss);
    }

    [Fact]
    public void A_diverged_network_has_a_loss_that_says_so()
    {
        var evaluation = From([.. Row((0, float.NaN)), .. Row((5, float.NaN))], [1, 5]);

        Assert.True(double.IsNaN(evaluation.Loss));
        Assert.Equal(0, evaluation.Accuracy);
        Assert.Equal(2, evaluation.Misclassified.Count);
    }

    [Fact]
    public void Errors_come_the_most_confident_first_and_then_by_index()
    {
        float[] logits = [.. Row((1, 2f)), .. Row((2, 5f)), .. Row((1, 2f)), .. Row((4, 9f)), .. Row((1, 2f))];

        var errors = From(logits, [0, 0, 0, 4, 0]).Misclassified;

        Assert.Equal([1, 0, 2, 4], errors.Select(error => error.Index));
        Assert.Equal<byte>([2, 1, 1, 1], errors.Select(error => error.Predicted));
        Assert.All(errors, error => Assert.Equal(0, error.Label));
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        Assert.Throws<ArgumentException>(() => From([], []));
        Assert.Throws<ArgumentException>(() => From(new float[19], [1, 2]));
        Assert.Contains("index 1", Assert.Throws<ArgumentException>(() => From(new float[20], [1, 10])).Message, StringComparison.Ordinal);
    }

    [Property]
    public void Every_image_is_counted_once(byte[] labels, int seed)
    {
        byte[] digits = [0, .. labels.Select(label => (byte)(label % 10))];
        var random = new Random(seed);
        float[] logits = [.. digits.SelectMany(_ => Enumerable.Range(0, 10).Select(_ => (float)(random.NextDouble() * 20 - 10)))];

        var evaluation = From(logits, digits);

        Assert.Equal(digits.Length, evaluation.Count);
        Assert.Equal(digits.Length, evaluation.Confusion.Correct + evaluation.Misclassified.Count);
        Assert.Equal((double)evaluation.Confusion.Correct / digits.Length, evaluation.Accuracy);
        Assert.True(evaluation.Loss >= 0);
        foreach (double probability in evaluation.Probabilities)
            Assert.InRange(probability, 0.1, 1);
        Assert.All(evaluation.Misclassified, error =>
        {
            Assert.Equal(digits[error.Index], error.Label);
            Assert.Equal(evaluation.Predictions[error.Index], error.Predicted);
            Assert.Equal(evaluation.Probabilities[error.Index], error.Probability);
        });
        Assert.Equal(
            evaluation.Misclassified.OrderByDescending(error => error.Probability).ThenBy(error => error.Index),
            evaluation.Misclassified);
    }

    private static float[] Row(params (int Class, float Logit)[] logits)
    {
        var row = new float[10];
        foreach (var (index, logit) in logits)
            row[index] = logit;
        return row;
    }
}
