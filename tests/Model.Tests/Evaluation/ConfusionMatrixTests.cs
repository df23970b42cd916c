using FsCheck.Xunit;
using MnistDistributed.Model.Evaluation;

namespace MnistDistributed.Model.Tests.Evaluation;

public class ConfusionMatrixTests
{
    [Fact]
    public void Rows_are_true_labels_and_columns_predictions()
    {
        var confusion = new ConfusionMatrix([4, 4, 9], [9, 9, 9]);

        Assert.Equal(2, confusion[4, 9]);
        Assert.Equal(0, confusion[9, 4]);
        Assert.Equal(1, confusion[9, 9]);
        Assert.Equal(2, confusion.Labelled(4));
        Assert.Equal(3, confusion.Predicted(9));
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new ConfusionMatrix([1, 2], [1]));
        Assert.Throws<ArgumentException>(() => new ConfusionMatrix([10], [1]));
        Assert.Throws<ArgumentException>(() => new ConfusionMatrix([1], [10]));
    }

    [Property]
    public void Its_sums_are_the_counts((byte Label, byte Predicted)[] pairs)
    {
        byte[] labels = [.. pairs.Select(pair => (byte)(pair.Label % 10))];
        byte[] predictions = [.. pairs.Select(pair => (byte)(pair.Predicted % 10))];

        var confusion = new ConfusionMatrix(labels, predictions);

        Assert.Equal(pairs.Length, confusion.Total);
        Assert.Equal(labels.Zip(predictions).Count(pair => pair.First == pair.Second), confusion.Correct);
        for (int k = 0; k < 10; k++)
        {
            Assert.Equal(labels.Count(label => label == k), confusion.Labelled(k));
            Assert.Equal(predictions.Count(predicted => predicted == k), confusion.Predicted(k));
        }
        Assert.Equal(pairs.Length, Enumerable.Range(0, 10).Sum(confusion.Labelled));
        Assert.Equal(pairs.Length, Enumerable.Range(0, 10).Sum(confusion.Predicted));
    }
}
