using System.Globalization;

namespace MnistDistributed.Coordinator.Reports;

/// <summary>Numbers as people read them, in the invariant culture; a number that is not finite is a dash.</summary>
public static class Format
{
    private const string Dash = "–";

    /// <summary>A share as per cent: 0.9912 is <c>99.12%</c>.</summary>
    public static string Percent(double? share, int decimals = 2) =>
        Fixed(share * 100, decimals) is var text && text == Dash ? Dash : text + "%";

    /// <summary>A probability as per cent; certainty is never claimed by rounding.</summary>
    public static string Probability(double probability) => probability > 0.999 ? ">99.9%" : Percent(probability, 1);

    /// <summary>A loss: <c>0.0271</c>; one that is beyond anything, <c>2.51e+25</c>.</summary>
    public static string Loss(double? loss) => loss is >= 1e6 and < double.PositiveInfinity ? Rate(loss.Value) : Fixed(loss, 4);

    /// <summary>A count: <c>10,000</c>.</summary>
    public static string Count(double count) => double.IsFinite(count) ? count.ToString("N0", CultureInfo.InvariantCulture) : Dash;

    /// <summary>A setting: the shortest text that reads back as the number.</summary>
    public static string Setting(double value) =>
        value.ToString("0.################", CultureInfo.InvariantCulture) is var text && text != "0" && text != "-0"
        ? text
        : value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A learning rate, to three digits: <c>0.00082</c>, <c>4.1e-09</c>.</summary>
    public static string Rate(double rate) => rate.ToString("g3", CultureInfo.InvariantCulture);

    /// <summary>A time: <c>8.2 s</c>, <c>3 min 07 s</c>, <c>1 h 02 min</c>.</summary>
    public static string Duration(double seconds)
    {
        if (!double.IsFinite(seconds))
            return Dash;
        if (seconds < 99.95)
            return Fixed(seconds, 1) + " s";
        var time = TimeSpan.FromSeconds(Math.Round(seconds));
        return time.TotalHours < 1
            ? string.Create(CultureInfo.InvariantCulture, $"{time.Minutes} min {time.Seconds:00} s")
            : string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours} h {time.Minutes:00} min");
    }

    /// <summary>A number with so many decimals.</summary>
    public static string Fixed(double? value, int decimals) =>
        value is { } number && double.IsFinite(number) ? number.ToString("F" + decimals, CultureInfo.InvariantCulture) : Dash;

    /// <summary>How long ago something was, in the largest unit that fits.</summary>
    public static string Age(TimeSpan age) => string.Create(CultureInfo.InvariantCulture, $"{age switch
    {
        { TotalMinutes: < 1 } => $"{Math.Max(0, age.Seconds)} s",
        { TotalHours: < 1 } => $"{age.Minutes} min",
        { TotalDays: < 1 } => $"{age.Hours} h",
        _ => $"{age.Days} d",
    }}");
}
