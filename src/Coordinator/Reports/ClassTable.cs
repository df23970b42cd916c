using MnistDistributed.Model.Data;
using MnistDistributed.Model.Evaluation;

namespace MnistDistributed.Coordinator.Reports;

/// <summary>Precision, recall and F1 of each class, with bars for its false negatives and false positives.</summary>
public static class ClassTable
{
    /// <summary>The table.</summary>
    /// <param name="test">The evaluation.</param>
    /// <param name="names">What the classes are called.</param>
    public static Html Render(Evaluation test, LabelNames names)
    {
        ConfusionMatrix confusion = test.Confusion;
        IReadOnlyList<int> labels = confusion.Occurring;
        int longest = Math.Max(1, labels.Max(label => Math.Max(FalseNegatives(label), FalsePositives(label))));
        return $"""
            <div class="scroll" tabindex="0" role="region" aria-label="Scores of each class">
            <table class="classes">
            <thead>
            <tr><th scope="col">Class</th><th scope="col">Precision</th><th scope="col">Recall</th>
            <th scope="col">F1</th><th scope="col">Support</th>
            <th scope="col" class="bars">False negatives</th><th scope="col" class="bars">False positives</th></tr>
            </thead>
            <tbody>
            {labels.Select(label => (Html)$"""
                <tr><th scope="row">{names[label]}</th>{Scores(test.Report.Classes[label])}
                {Bar(FalseNegatives(label), "false-negative")}{Bar(FalsePositives(label), "false-positive")}</tr>

                """)}
            </tbody>
            <tfoot>
            <tr><th scope="row">Macro average</th>{Scores(test.Report.Macro)}<td class="bars"></td><td class="bars"></td></tr>
            <tr><th scope="row">Weighted average</th>{Scores(test.Report.Weighted)}<td class="bars"></td><td class="bars"></td></tr>
            </tfoot>
            </table>
            </div>
            """;

        int FalseNegatives(int label) => confusion.Labelled(label) - confusion[label, label];
        int FalsePositives(int label) => confusion.Predicted(label) - confusion[label, label];
        Html Bar(int count, string kind) =>
            $"""<td class="bars"><span class="bar {kind}" style="--part:{(double)count / longest:0.###}"></span>{count}</td>""";
    }

    private static Html Scores(ClassMetrics scores) =>
        $"""
        <td>{Format.Percent(scores.Precision)}</td><td>{Format.Percent(scores.Recall)}</td>
        <td>{Format.Percent(scores.F1)}</td><td>{Format.Count(scores.Support)}</td>
        """;
}
