using System.Globalization;
using System.Text;

namespace MnistDistributed.Coordinator.Reports;

/// <summary>
/// A line chart over epochs. The lines are an SVG that stretches with the page; the text is HTML over it, and so keeps its size.
/// Hovering over an epoch shows its values, without a script.
/// </summary>
/// <param name="Title">The chart's heading.</param>
/// <param name="Unit">What the vertical axis counts.</param>
/// <param name="Epochs">The epochs, at least one.</param>
/// <param name="Curves">The lines.</param>
/// <param name="Axis">The vertical axis.</param>
/// <param name="Text">How a value is written.</param>
/// <param name="TickText">How a tick of the axis is written.</param>
public sealed record CurveChart(
    string Title,
    string Unit,
    IReadOnlyList<int> Epochs,
    IReadOnlyList<Curve> Curves,
    Axis Axis,
    Func<double?, string> Text,
    Func<double, string> TickText)
{
    // Beyond so many epochs the points would hide the line.
    private const int MostPoints = 20;

    // Two values at the right end need so many per cent of the height between them to be legible.
    private const double LabelHeight = 8;

    /// <summary>The chart as a figure.</summary>
    public Html Render() => $"""
        <figure class="chart{(Rises ? " rising" : "")}">
        <figcaption><h3>{Title}</h3> <span class="unit">{Unit}</span>
        <span class="legend">{Curves.Select(curve => (Html)$"""<span class="key {curve.Name}">{curve.Name}</span>""")}</span></figcaption>
        <div class="plot" role="img" aria-label="{Summary()}">
        {Axis.Ticks.Select(tick => (Html)$"""<span class="tick y" style="top:{Number(Axis.FromTop(tick))}%">{TickText(tick)}</span>""")}
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
        <path class="grid" d="{GridPath()}"/><path class="base" d="M0 100H100"/>
        {Curves.Select(curve => (Html)$"""
            <path class="line {curve.Name}" d="{LinePath(curve)}"/><path class="points {curve.Name}" d="{PointPath(curve)}"/>
            """)}
        </svg>
        {EpochTicks().Select(i => (Html)$"""<span class="tick x" style="left:{Number(X(i))}%">{Epochs[i]}</span>""")}
        {EndLabels()}
        {Enumerable.Range(0, Epochs.Count).Select(HoverArea)}
        </div>
        <p class="axis">epoch</p>
        </figure>
        """;

    private string Summary()
    {
        IEnumerable<string> lines = Curves.Select(curve => Epochs.Count == 1
            ? $"{curve.Name} {Text(curve.Values[0])}"
            : $"{curve.Name} from {Text(curve.Values[0])} to {Text(curve.Values[^1])}");
        return string.Create(CultureInfo.InvariantCulture,
            $"{Title} over {Epochs.Count} {(Epochs.Count == 1 ? "epoch" : "epochs")}: {string.Join("; ", lines)}.");
    }

    // Where the curves rise, the room for a tip is at the bottom.
    private bool Rises => Curves[0].Values[^1] > Curves[0].Values[0];

    private double X(int i) => Epochs.Count == 1 ? 50 : 100.0 * i / (Epochs.Count - 1);

    private string GridPath() => string.Concat(Axis.Ticks.Select(tick => $"M0 {Number(Axis.FromTop(tick))}H100"));

    private string LinePath(Curve curve)
    {
        var path = new StringBuilder();
        for (int i = 0; i < Epochs.Count; i++)
        {
            if (curve.Has(i))
                path.Append(i > 0 && curve.Has(i - 1) ? 'L' : 'M').Append(Point(curve, i));
        }
        return path.ToString();
    }

    // A line of no length with round ends is a dot that stays round when the picture is stretched.
    private string PointPath(Curve curve) => string.Concat(Enumerable.Range(0, Epochs.Count)
        .Where(i => curve.Has(i) && (Epochs.Count <= MostPoints || i == Epochs.Count - 1))
        .Select(i => $"M{Point(curve, i)}h0"));

    private string Point(Curve curve, int i) => $"{Number(X(i))} {Number(Axis.FromTop(curve.Values[i]!.Value))}";

    private IEnumerable<int> EpochTicks()
    {
        int step = new[] { 1, 2, 5, 10, 20, 50, 100, 200, 500 }.FirstOrDefault(step => Epochs.Count / step <= 10, 1000);
        return Enumerable.Range(0, Epochs.Count).Where(i => step == 1 || Epochs[i] % step == 0 || i == 0);
    }

    private IEnumerable<Html> EndLabels()
    {
        double last = double.NegativeInfinity;
        foreach (Curve curve in Curves.Where(curve => curve.Has(Epochs.Count - 1)).OrderBy(curve => Axis.FromTop(curve.Values[^1]!.Value)))
        {
            last = Math.Max(Axis.FromTop(curve.Values[^1]!.Value), last + LabelHeight);
            yield return $"""<span class="end {curve.Name}" style="top:{Number(last)}%">{Text(curve.Values[^1])}</span>""";
        }
    }

    private Html HoverArea(int i)
    {
        double left = i == 0 ? 0 : (X(i - 1) + X(i)) / 2;
        double right = i == Epochs.Count - 1 ? 100 : (X(i) + X(i + 1)) / 2;
        double at = (X(i) - left) / (right - left) * 100;
        string side = X(i) > 50 ? "left" : "right";
        return $"""
            <div class="hover {side}" style="left:{Number(left)}%;width:{Number(right - left)}%;--at:{Number(at)}%">
            <div class="tip"><b>Epoch {Epochs[i]}</b>{
            Curves.Select(curve => (Html)$"""<span class="key {curve.Name}">{curve.Name} <b>{Text(curve.Values[i])}</b></span>""")
            }</div></div>
            """;
    }

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
