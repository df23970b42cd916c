using MnistDistributed.Model.Evaluation;

namespace MnistDistributed.Coordinator.Reports;

/// <summary>
/// The confusion matrix as a table whose cells are coloured: errors by the
/// square root of their share of the largest error, so that single ones show.
/// </summary>
public static class ConfusionHeatMap
{
    /// <summary>The table.</summary>
    /// <param name="confusion">The counts.</param>
    /// <param name="linked">The pairs that the page shows pictures of; their cells lead there.</param>
    public static Html Render(ConfusionMatrix confusion, IEnumerable<ConfusionPair> linked)
    {
        var anchors = linked.ToDictionary(pair => ((int)pair.Label, (int)pair.Predicted), pair => pair.Anchor);
        int largest = Labels.Max(label => Labels.Max(predicted => label == predicted ? 0 : confusion[label, predicted]));
        return $"""
            <table class="matrix">
            <caption class="quiet">Rows are true labels, columns predictions.</caption>
            <thead>
            <tr><td></td><th class="side" colspan="10" scope="colgroup">predicted</th></tr>
            <tr><th class="side" scope="col">true</th>{Labels.Select(predicted => (Html)$"""<th scope="col">{predicted}</th>""")}</tr>
            </thead>
            <tbody>
            {Labels.Select(label => (Html)$"""
                <tr><th scope="row">{label}</th>{Labels.Select(predicted => Cell(label, predicted))}</tr>

                """)}
            </tbody>
            </table>
            """;

        Html Cell(int label, int predicted)
        {
            int count = confusion[label, predicted];
            double share = confusion.Labelled(label) == 0 ? 0 : (double)count / confusion.Labelled(label);
            string side = predicted < 5 ? "right" : "left";
            if (label == predicted)
            {
                Html found = Tip($"{Format.Percent(share)} of all {label}s found");
                return $"""<td class="hit" style="--heat:{share:0.###}">{count}{found}</td>""";
            }

            if (count == 0)
                return $"""<td class="none">0</td>""";
            double heat = Math.Sqrt((double)count / largest);
            string hot = heat >= 0.9 ? "miss hot" : "miss";
            Html number = anchors.TryGetValue((label, predicted), out string? anchor)
                ? (Html)$"""<a href="#{anchor}">{count}</a>"""
                : (Html)$"{count}";
            Html tip = Tip($"{label} taken for {predicted}: {count}, {Format.Percent(share)} of all {label}s");
            return $"""<td class="{hot}" style="--heat:{heat:0.###}">{number}{tip}</td>""";

            Html Tip(Html text) => $"""<span class="tip {side}" aria-hidden="true">{text}</span>""";
        }
    }

    private static IEnumerable<int> Labels => Enumerable.Range(0, ConfusionMatrix.Classes);
}
