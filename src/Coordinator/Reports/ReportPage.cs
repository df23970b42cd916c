using MnistDistributed.Model.Evaluation;

namespace MnistDistributed.Coordinator.Reports;

/// <summary><c>report.html</c>: a run as one page that needs nothing but itself.</summary>
public static class ReportPage
{
    /// <summary>The page.</summary>
    public static string Render(RunSummary summary)
    {
        IReadOnlyList<ConfusionPair> pairs = ConfusionPair.Group(summary.Test.Misclassified);
        var gallery = new ErrorGallery(pairs, summary.TestImages, summary.Labels);
        Html page = $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy"
            content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
            <title>{Title(summary)}</title>
            <link rel="icon" href="{Png.DataUri(summary.TestImages.Image(0), Model.Data.ImageSet.Side)}">
            <style>
            {Resource.Of("report.css")}</style>
            </head>
            <body>
            {Masthead(summary)}
            <main>
            {Headline(summary)}
            {Learning(summary)}
            {Confusions(summary, pairs, gallery)}
            <section aria-labelledby="classes"><h2 id="classes">Class by class</h2>
            <p class="lead">Precision: of the images taken for a class, the share that belongs to it.
            Recall: of the images of a class, the share that was found.</p>
            {ClassTable.Render(summary.Test, summary.Labels)}
            </section>
            {Errors(summary, gallery)}
            {Run(summary)}
            </main>
            <footer><p>Written by MnistDistributed. The same numbers for programs:
            <code>metrics.json</code>, <code>history.csv</code>, <code>confusion.csv</code> and
            <code>misclassified.csv</code>, beside this page.</p></footer>
            <script>
            {Resource.Of("report.js")}</script>
            </body>
            </html>

            """;
        return page.ToString();
    }

    private static string Title(RunSummary summary) =>
        $"{Format.Percent(summary.Test.Accuracy)} – run {summary.RunId}{(summary.State == "done" ? "" : $", {summary.State}")}";

    private static Html Masthead(RunSummary summary) => $"""
        <header class="masthead"><p><b>MnistDistributed</b> <span class="quiet">run {summary.RunId},
        {summary.Started:d MMMM yyyy, HH:mm zzz}</span></p>
        <button type="button" id="theme" aria-label="Switch between light and dark">◐</button></header>
        """;

    private static Html Headline(RunSummary summary)
    {
        Evaluation test = summary.Test;
        int errors = test.Misclassified.Count;
        return $"""
            <section class="headline">
            <h1><span class="figure">{Format.Percent(test.Accuracy)}</span>
            <span class="claim">of {Format.Count(test.Count)} test images classified correctly</span></h1>
            {Stopped(summary)}
            {summary.Warnings.Select(warning => (Html)$"""<p class="lead"><b>{warning.Text}</b></p>""")}
            <dl class="stats">
            <div><dt>Errors</dt><dd>{Format.Count(errors)} <small>of {Format.Count(test.Count)}</small></dd></div>
            <div><dt>Test loss</dt><dd>{Format.Loss(test.Loss)}</dd></div>
            <div><dt>Training speed</dt><dd>{Format.Count(summary.TrainImagesPerSecond)} <small>images/s</small></dd></div>
            <div><dt>Total time</dt><dd>{Format.Duration(summary.TotalSeconds)}</dd></div>
            </dl>
            {(errors == 0 ? Html.Empty : (Html)$"""
                <h2 class="kicker">Confidently wrong</h2>
                {ErrorGallery.Boldest(test.Misclassified, summary.TestImages, summary.Labels)}
                """)}
            </section>
            """;
    }

    private static Html Stopped(RunSummary summary) => summary.Failure is { } failure
        ? $"""
        <p class="lead"><b>The run failed</b> after step {Format.Count(summary.Steps)} of {Format.Count(summary.TotalSteps)}: {failure}
        These are the figures of what it had learned by then.</p>
        """
        : !summary.IsStopped ? Html.Empty
        : (Html)$"""
        <p class="lead"><b>The run was stopped</b> after step {Format.Count(summary.Steps)} of {Format.Count(summary.TotalSteps)}.
        These are the figures of what it had learned by then; it can be resumed, to the same end as if it had not been stopped.</p>
        """;

    private static Html Learning(RunSummary summary)
    {
        if (summary.Epochs.Count == 0)
            return Html.Empty;
        List<int> epochs = [.. summary.Epochs.Select(epoch => epoch.Epoch + 1)];
        List<Curve> losses = [new("training", [.. summary.Epochs.Select(epoch => (double?)epoch.TrainLoss)])];
        List<Curve> accuracies = [new("training", [.. summary.Epochs.Select(epoch => (double?)epoch.TrainAccuracy)])];
        if (summary.Epochs.Any(epoch => epoch.ValidationLoss is not null))
        {
            losses.Add(new("validation", [.. summary.Epochs.Select(epoch => epoch.ValidationLoss)]));
            accuracies.Add(new("validation", [.. summary.Epochs.Select(epoch => epoch.ValidationAccuracy)]));
        }
        var lossAxis = Axis.FromZero(losses.SelectMany(curve => curve.Finite).DefaultIfEmpty(1).Max());
        var accuracyAxis = Axis.ToOne(accuracies.SelectMany(curve => curve.Finite).DefaultIfEmpty(0).Min());
        var loss = new CurveChart(
            "Loss", "mean cross-entropy", epochs, losses, lossAxis, Format.Loss, tick => Format.Fixed(tick, lossAxis.Decimals(1)));
        var accuracy = new CurveChart(
            "Accuracy", "share classified correctly", epochs, accuracies, accuracyAxis,
            value => Format.Percent(value), tick => Format.Percent(tick, accuracyAxis.Decimals(100)));
        return $"""
            <section aria-labelledby="learning"><h2 id="learning">How it learned</h2>
            <p class="lead">{LearningText(summary)}</p>
            <div class="charts">
            {loss.Render()}
            {accuracy.Render()}
            </div>
            </section>
            """;
    }

    private static Html LearningText(RunSummary summary)
    {
        int held = summary.Spec.Validation;
        int trained = summary.Spec.TrainingImages - held;
        string passes = summary.Epochs.Count == 1 ? "One pass" : $"{summary.Epochs.Count} passes";
        string validation = held == 0 ? "" : $", each followed by a check on {Format.Count(held)} held-out images";
        string dropout = held > 0 && summary.Spec.Recipe.Dropout > 0
            ? " Training figures are taken along the way, under dropout, and so start behind."
            : "";
        return $"{passes} over {Format.Count(trained)} training images{validation}.{dropout}";
    }

    private static Html Confusions(RunSummary summary, IReadOnlyList<ConfusionPair> pairs, ErrorGallery gallery)
    {
        ConfusionMatrix confusion = summary.Test.Confusion;
        int largest = pairs.Count == 0 ? 1 : pairs[0].Errors.Count;
        int possible = confusion.Occurring.Count * (confusion.Occurring.Count - 1);
        return $"""
            <section aria-labelledby="confusions"><h2 id="confusions">What it confuses</h2>
            <div class="{(ConfusionHeatMap.IsWide(confusion) ? "confusions wide" : "confusions")}">
            {ConfusionHeatMap.Render(confusion, summary.Labels, gallery.Shown)}
            <div>
            {(pairs.Count == 0 ? (Html)$"""<p class="lead">Nothing: every test image was classified correctly.</p>""" : (Html)$"""
                <p class="lead">The {Format.Count(summary.Test.Misclassified.Count)} errors fall on
                {pairs.Count} of {possible} possible pairs. The most frequent:</p>
                <table class="pairs"><thead class="unseen"><tr><th scope="col">Pair</th><th scope="col">Errors</th></tr></thead><tbody>
                {pairs.Take(8).Select(pair => (Html)$"""
                    <tr><th scope="row"><a href="#{pair.Anchor}">{summary.Labels[pair.Label]}
                    <span aria-label="taken for">→</span> {summary.Labels[pair.Predicted]}</a></th>
                    <td class="bars"><span class="bar" style="--part:{(double)pair.Errors.Count / largest:0.###}"></span>
                    {pair.Errors.Count}</td></tr>

                    """)}
                </tbody></table>
                """)}
            </div>
            </div>
            </section>
            """;
    }

    private static Html Errors(RunSummary summary, ErrorGallery gallery) => summary.Test.Misclassified.Count == 0
        ? Html.Empty
        : (Html)$"""
            <section aria-labelledby="errors"><h2 id="errors">The errors</h2>
            <p class="lead">Grouped as <i>true label → prediction</i>, each with the probability that the network gave its
            prediction and its index in the test set.</p>
            {gallery.Render()}
            </section>
            """;

    private static Html Run(RunSummary summary) => $"""
        <section aria-labelledby="run"><h2 id="run">The run</h2>
        {RunDetails.Settings(summary)}
        {(summary.Epochs.Count == 0 ? Html.Empty : (Html)$"""
            <h3>Epoch by epoch</h3>
            {RunDetails.Epochs(summary)}
            """)}
        <h3>Digests</h3>
        {(summary.Spec.Engine == "simd" ? Promise(summary) : Html.Empty)}
        {RunDetails.Digests(summary)}
        </section>
        """;

    private static Html Promise(RunSummary summary) => $"""
        <p class="lead">Whoever trains with these settings on this data gets these
        weights{(summary.IsStopped ? " after as many steps" : "")}, bit for bit, on any number of workers.</p>
        """;
}
