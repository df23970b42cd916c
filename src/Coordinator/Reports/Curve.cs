namespace MnistDistributed.Coordinator.Reports;

/// <summary>One line of a chart.</summary>
/// <param name="Name">Its name in the legend, and its class in the style sheet.</param>
/// <param name="Values">A value per epoch; one that is missing or not finite leaves a gap.</param>
public sealed record Curve(string Name, IReadOnlyList<double?> Values)
{
    /// <summary>The values that can be drawn.</summary>
    public IEnumerable<double> Finite => Values.OfType<double>().Where(double.IsFinite);

    /// <summary>Whether the value of an epoch can be drawn.</summary>
    public bool Has(int i) => Values[i] is { } value && double.IsFinite(value);
}
