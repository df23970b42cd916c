namespace MnistDistributed.Model.Protocol.Rounds;

/// <summary>How long a unit of work takes, and so how long a session may hold so many of them.</summary>
/// <param name="options">The multiples and bounds.</param>
public sealed class Pace(LeaseOptions options)
{
    private readonly MedianWindow _unitSeconds = new(64);
    private int _rounds;

    /// <summary>Whether enough is measured to go by it.</summary>
    private bool IsKnown => _rounds >= options.MeasuredSteps;

    /// <summary>An order of <paramref name="units"/> units was answered after <paramref name="elapsed"/>.</summary>
    public void Add(TimeSpan elapsed, int units) => _unitSeconds.Add(elapsed.TotalSeconds / units);

    /// <summary>A step, or a chunk of an evaluation, is done.</summary>
    public void EndRound() => _rounds++;

    /// <summary>The lease of an order of <paramref name="units"/> units.</summary>
    public TimeSpan Lease(int units) => IsKnown ? Longer(options.Multiple * Usual(units), options.Minimum) : options.Floor;

    /// <summary>After how long an order of so many units is copied to an idle session; null while too little is measured.</summary>
    public TimeSpan? Overdue(int units) => IsKnown ? Longer(options.OverdueMultiple * Usual(units), options.OverdueMinimum) : null;

    private TimeSpan Usual(int units) => TimeSpan.FromSeconds(_unitSeconds.Median() * units);

    private static TimeSpan Longer(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
