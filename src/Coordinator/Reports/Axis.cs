namespace MnistDistributed.Coordinator.Reports;

/// <summary>A chart's axis with round ticks.</summary>
/// <param name="Low">Value of the lowest tick.</param>
/// <param name="Step">Distance of the ticks.</param>
/// <param name="Steps">Number of distances between the lowest and the highest tick.</param>
public sealed record Axis(double Low, double Step, int Steps)
{
    private const int WantedSteps = 4;

    /// <summary>Value of the highest tick.</summary>
    public double High => Low + Steps * Step;

    /// <summary>The ticks, from the lowest.</summary>
    public IEnumerable<double> Ticks => Enumerable.Range(0, Steps + 1).Select(i => Low + i * Step);

    /// <summary>An axis from 0 to at least a value.</summary>
    public static Axis FromZero(double largest)
    {
        double step = RoundStep(largest);
        return new(0, step, Math.Max(1, (int)Math.Ceiling(largest / step - 1e-9)));
    }

    /// <summary>An axis from at most a value to 1.</summary>
    public static Axis ToOne(double smallest)
    {
        double step = RoundStep(1 - smallest);
        int steps = Math.Max(1, (int)Math.Ceiling((1 - smallest) / step - 1e-9));
        return new(1 - steps * step, step, steps);
    }

    /// <summary>Where a value lies, in per cent from the top.</summary>
    public double FromTop(double value) => (High - value) / (High - Low) * 100;

    /// <summary>How many decimals the ticks need when they are shown times a factor.</summary>
    public int Decimals(double factor)
    {
        int decimals = 0;
        for (double shown = Step * factor; decimals < 9 && Math.Abs(shown - Math.Round(shown)) > 1e-6; shown *= 10)
            decimals++;
        return decimals;
    }

    // The smallest of 1, 2, 2.5 and 5 times a power of ten that needs no more than the wanted steps.
    private static double RoundStep(double span)
    {
        if (!(span > 1e-9))
            return 0.01;
        double power = Math.Pow(10, Math.Floor(Math.Log10(span / WantedSteps)));
        double[] multiples = [1, 2, 2.5, 5, 10];
        return power * multiples.First(multiple => multiple * power * WantedSteps >= span * (1 - 1e-9));
    }
}
