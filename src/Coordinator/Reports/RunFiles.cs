using System.Text;
using MnistDistributed.Model.Storage;

namespace MnistDistributed.Coordinator.Reports;

/// <summary>The files that tell of a finished run.</summary>
public static class RunFiles
{
    /// <summary>
    /// Writes <c>metrics.json</c>, <c>history.csv</c>, <c>confusion.csv</c>, <c>misclassified.csv</c> and <c>report.html</c>, each whole or
    /// not at all.
    /// </summary>
    /// <param name="folder">The run's folder; made if it is not there.</param>
    /// <param name="summary">The run.</param>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public static void Write(string folder, RunSummary summary)
    {
        Save("metrics.json", MetricsJson.Bytes(summary));
        Save("history.csv", Encoding.UTF8.GetBytes(CsvFiles.History(summary.Epochs)));
        Save("confusion.csv", Encoding.UTF8.GetBytes(CsvFiles.Confusion(summary.Test.Confusion, summary.Labels)));
        Save("misclassified.csv", Encoding.UTF8.GetBytes(CsvFiles.Misclassified(summary.Test.Misclassified, summary.Labels)));
        Save("report.html", Encoding.UTF8.GetBytes(ReportPage.Render(summary)));

        void Save(string name, byte[] content) => AtomicFile.Write(Path.Combine(folder, name), stream => stream.Write(content));
    }
}
