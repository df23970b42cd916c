using System.Globalization;
using MnistDistributed.Coordinator.Reports;
using MnistDistributed.Model.Data;

namespace MnistDistributed.Coordinator.Tests.Reports;

public class CsvFilesTests
{
    [Fact]
    public void History_has_a_line_per_epoch()
    {
        Assert.Equal(
            "epoch,trainLoss,trainAccuracy,validationLoss,validationAccuracy,seconds,learningRate\r\n"
            + "1,0.25,0.9375,0.125,0.96875,10.5,0.001\r\n"
            + "2,0.125,0.96875,0.0625,0.984375,10.5,0.001\r\n",
            CsvFiles.History(Sample.Run(errors: 1, epochs: 2).Epochs));
        Assert.Equal("1,0.25,0.9375,,,10.5,0.001", Lines(CsvFiles.History(Sample.Run(errors: 1, validation: 0).Epochs))[1]);
    }

    [Fact]
    public void Confusion_has_rows_of_true_labels()
    {
        string[] lines = Lines(CsvFiles.Confusion(Sample.Run(errors: 3).Test.Confusion, LabelNames.Numbers));

        Assert.Equal(11, lines.Length);
        Assert.Equal("true,0,1,2,3,4,5,6,7,8,9", lines[0]);
        Assert.Equal("0,99,0,1,0,0,0,0,0,0,0", lines[1]);
        Assert.Equal("1,0,99,1,0,0,0,0,0,0,0", lines[2]);
        Assert.Equal("9,0,0,0,0,0,0,0,0,0,100", lines[10]);
    }

    [Fact]
    public void Misclassified_reads_back_to_the_last_bit()
    {
        var test = Sample.Run(errors: 40).Test;

        string[] lines = Lines(CsvFiles.Misclassified(test.Misclassified, LabelNames.Numbers));

        Assert.Equal("index,true,predicted,probability", lines[0]);
        Assert.Equal(41, lines.Length);
        Assert.All(lines.Skip(1).Zip(test.Misclassified), pair =>
        {
            string[] fields = pair.First.Split(',');
            Assert.Equal(
                (pair.Second.Index, pair.Second.Label, pair.Second.Predicted, pair.Second.Probability),
                (int.Parse(fields[0], CultureInfo.InvariantCulture), byte.Parse(fields[1], CultureInfo.InvariantCulture),
                    byte.Parse(fields[2], CultureInfo.InvariantCulture), double.Parse(fields[3], CultureInfo.InvariantCulture)));
        });
    }

    [Fact]
    public void Names_of_classes_are_fields_as_RFC_4180_has_them()
    {
        RunSummary run = Sample.Run(errors: 1);
        var names = LabelNames.Of(["a,b", "\"c\"", .. Enumerable.Range(2, 8).Select(label => $"{label}")]);
        Assert.Equal("true,\"a,b\",\"\"\"c\"\"\",2,3,4,5,6,7,8,9", Lines(CsvFiles.Confusion(run.Test.Confusion, names))[0]);
        Assert.StartsWith("\"a,b\",99,0,1,", Lines(CsvFiles.Confusion(run.Test.Confusion, names))[1], StringComparison.Ordinal);
        Assert.StartsWith("0,\"a,b\",2,", Lines(CsvFiles.Misclassified(run.Test.Misclassified, names))[1], StringComparison.Ordinal);
        Assert.Equal(["index,\"a,b\",\"\"\"c\"\"\"", "0,1.5,2", "1,3,4"], Lines(CsvFiles.Logits([1.5f, 2, 3, 4], 2, names)));
    }

    private static string[] Lines(string csv)
    {
        Assert.EndsWith("\r\n", csv, StringComparison.Ordinal);
        return csv[..^2].Split("\r\n");
    }
}
