using System.Globalization;
using MnistDistributed.Coordinator.Reports;

namespace MnistDistributed.Coordinator.Tests.Reports;

public sealed class RunFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("run-files-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_folder_gets_every_file_and_nothing_else()
    {
        string run = Path.Combine(_folder, "new");

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
        RunFiles.Write(Path.Combine(_folder, "here"), Sample.Run(errors: 30));

        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = german;
            RunFiles.Write(Path.Combine(_folder, "there"), Sample.Run(errors: 30));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }

        foreach (string file in Directory.GetFiles(Path.Combine(_folder, "here")))
            Assert.Equal(File.ReadAllText(file), File.ReadAllText(Path.Combine(_folder, "there", Path.GetFileName(file))));
    }
}
