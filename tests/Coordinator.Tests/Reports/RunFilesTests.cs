using System.Globalization;
using MnistDistributed.Coordinator.Reports;

namespace MnistDistributed.Coordinator.Tests.Reports;

public sealed class RunFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_folder_gets_every_file_and_nothing_else()
    {
        string run = _folder.File("new");

        RunFiles.Write(run, Sample.Run(errors: 5));
        RunFiles.Write(run, Sample.Run(errors: 6));

        Assert.Equal(
            ["confusion.csv", "history.csv", "metrics.json", "misclassified.csv", "report.html"],
            Directory.GetFiles(run).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(7, File.ReadAllLines(Path.Combine(run, "misclassified.csv")).Length);
        Assert.NotEqual(0xEF, File.ReadAllBytes(Path.Combine(run, "report.html"))[0]);
    }

    [Fact]
    public void A_comma_for_the_decimal_point_changes_nothing()
    {
        var german = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        german.NumberFormat.NumberDecimalSeparator = ",";
        german.NumberFormat.NumberGroupSeparator = ".";
        german.NumberFormat.NegativeSign = "−";
        german.DateTimeFormat.TimeSeparator = ".";
        RunFiles.Write(_folder.File("here"), Sample.Run(errors: 30));

        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = german;
            RunFiles.Write(_folder.File("there"), Sample.Run(errors: 30));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }

        foreach (string file in Directory.GetFiles(_folder.File("here")))
            Assert.Equal(File.ReadAllText(file), File.ReadAllText(Path.Combine(_folder.Path, "there", Path.GetFileName(file))));
    }
}
