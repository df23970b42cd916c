using MnistDistributed.Coordinator.Runs;

namespace MnistDistributed.Coordinator.Reports;

/// <summary>The runs of a folder as one page, the newest first.</summary>
public static class RunsPage
{
    /// <summary>The page.</summary>
    /// <param name="runs">The runs, the newest last.</param>
    /// <param name="now">The time, which their ages are told by.</param>
    public static string Render(IReadOnlyList<RunEntry> runs, DateTimeOffset now)
    {
        Html page = $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
            <title>Runs</title>
            <link rel="icon" href="data:,">
            <style>
            {Resource.Of("report.css")}</style>
            </head>
            <body>
            <header class="masthead"><p><b>MnistDistributed</b> <span class="quiet">{Counted(runs.Count)}</span></p></header>
            <main>
            <section class="headline">
            <h2>Runs</h2>
            {(runs.Count == 0 ? (Html)$"""<p class="lead">There is none yet.</p>""" : Table(runs, now))}
            </section>
            </main>
            </body>
            </html>

            """;
        return page.ToString();
    }

    private static string Counted(int runs) => runs == 1 ? "1 run" : $"{runs} runs";

    private static Html Table(IReadOnlyList<RunEntry> runs, DateTimeOffset now) => $"""
        <div class="scroll" tabindex="0" role="region" aria-label="Runs">
        <table class="classes">
        <thead>
        <tr><th scope="col">Run</th><th scope="col">State</th><th scope="col">Step</th><th scope="col">Epoch</th>
        <th scope="col">Test accuracy</th><th scope="col">Begun</th><th scope="col">Result</th></tr>
        </thead>
        <tbody>
        {runs.Reverse().Select(run => Row(run, now))}
        </tbody>
        </table>
        </div>
        """;

    private static Html Row(RunEntry run, DateTimeOffset now) => $"""
        <tr><th scope="row">{run.Id}</th><td>{run.State}</td><td>{Of(run.Step, run.TotalSteps)}</td><td>{Of(run.Epoch, run.Epochs)}</td>
        <td>{Format.Percent(run.TestAccuracy)}</td><td>{(run.Started is { } started ? $"{Format.Age(now - started)} ago" : "")}</td>
        <td>{(run.TestAccuracy is null ? Html.Empty : Links(run))}</td></tr>

        """;

    private static Html Links(RunEntry run) => $"""
        <a href="runs/{Uri.EscapeDataString(run.Id)}/report.html">report</a>
        <a href="runs/{Uri.EscapeDataString(run.Id)}/metrics.json">metrics</a>
        <a href="runs/{Uri.EscapeDataString(run.Id)}/model.safetensors">model</a>
        """;

    private static string Of(int? done, int? all) => done is null ? "" : $"{Format.Count(done.Value)} of {Format.Count(all ?? 0)}";
}
