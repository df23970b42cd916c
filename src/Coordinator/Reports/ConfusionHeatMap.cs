using MnistDistributed.Model.Data;
using MnistDistributed.Model.Evaluation;

namespace MnistDistributed.Coordinator.Reports;

/// <summary>
/// The confusion matrix as a table whose cells are coloured: errors by the
/// square root of their share of the largest error, so that single ones show.
/// </summary>
public static class ConfusionHeatMap
{
    /// <summary>The most classes whose matrix a page shows: it grows with their square.</summary>
    public const int MostClasses = 100;

    // So many columns leave room for the text of a cell beside the list of pairs.
    private const int Few = 16;

    /// <summary>The table.</summary>
    /// <param name="confusion">The counts.</param>
    /// <param name="names">What the classes are called.</param>
    /// <param name="linked">The pairs that the page shows pictures of; their cells lead there.</param>
    public static Html Render(ConfusionMatrix confusion, LabelNames names, IEnumerable<ConfusionPair> linked)
    {
        var anchors = linked.ToDictionary(pair => ((int)pair.Label, (int)pair.Predicted), pair => pair.Anchor);
        IReadOnlyList<int> labels = confusion.Occurring;
        if (labels.Count > MostClasses)
            return $"""<p class="quiet">The matrix of {labels.Count} classes is in <code>confusion.csv</code>.</p>""";
        int largest = labels.Max(label => labels.Max(predicted => label == predicted ? 0 : confusion[label, predicted]));
        return $"""
            <table class="{(IsWide(confusion) ? "matrix wide" : "matrix")}">
            <caption class="quiet">Rows are true labels, columns predictions.</caption>
            <thead>
            <tr><td></td><th class="side" colspan="{labels.Count}" scope="colgroup">predicted</th></tr>
            <tr><th class="side" scope="col">true</th>{
                labels.Select(predicted => (Html)$"""<th scope="col">{names[predicted]}</th>""")}</tr>
            </thead>
            <tbody>
            {labels.Select(label => (Html)$"""
                <tr><th scope="row">{names[label]}</th>{labels.Select(predicted => Cell(label, predicted))}</tr>

                """)}
            </tbody>
            </table>
            """;

        Html Cell(int label, int predicted)
        {
            int count = confusion[label, predicted];
            double share = confusion.Labelled(label) == 0 ? 0 : (double)count / confusion.Labelled(label);
            string side = predicted < labels[labels.Count / 2] ? "right" : "left";
            if (label == predicted)
            {
                Html found = Tip($"{Format.Percent(share)} of all {names[label]}s found");
                return $"""<td class="hit" style="--heat:{share:0.###}">{count}{found}</td>""";
            }

            if (count == 0)
                return $"""<td class="none">0</td>""";
            double heat = Math.Sqrt((double)count / largest);
            string hot = heat >= 0.9 ? "miss hot" : "miss";
            Html number = anchors.TryGetValue((label, predicted), out string? anchor)
                ? (Html)$"""<a href="#{anchor}">{count}</a>"""
                : (Html)$"{count}";
            Html tip = Tip($"{names[label]} taken for {names[predicted]}: {count}, {Format.Percent(share)} of all {names[label]}s");
            return $"""<td class="{hot}" style="--heat:{heat:0.###}">{number}{tip}</td>""";

            Html Tip(Html text) => $"""<span class="tip {side}" aria-hidden="true">{text}</span>""";
        }
    }

    /// <summary>Whether the matrix takes the page's whole width.</summary>
    public static bool IsWide(ConfusionMatrix confusion) => confusion.Occurring.Count > Few;
}
