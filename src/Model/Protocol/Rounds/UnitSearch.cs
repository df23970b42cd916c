namespace MnistDistributed.Model.Protocol.Rounds;

/// <summary>The search for consecutive units of which a session can be ordered all.</summary>
internal static class UnitSearch
{
    /// <summary>The first units that match; what is computed in one piece is found whole. Null if there are none.</summary>
    /// <param name="units">Where to look.</param>
    /// <param name="matches">What to look for.</param>
    /// <param name="most">The most units to find, unless they are computed in one piece.</param>
    public static UnitRange? First(this WorkUnit[] units, Predicate<WorkUnit> matches, int most = int.MaxValue)
    {
        int first = Array.FindIndex(units, matches);
        if (first < 0)
            return null;
        if (units[first].Whole.Count > 0)
            return units[first].Whole;
        int end = first + 1;
        while (end < units.Length && end - first < most && units[end].Whole.Count == 0 && matches(units[end]))
            end++;
        return new UnitRange(first, end);
    }

    /// <summary>The last units that match; null if there are none.</summary>
    /// <param name="units">Where to look.</param>
    /// <param name="matches">What to look for.</param>
    /// <param name="most">The most units to find.</param>
    public static UnitRange? Last(this WorkUnit[] units, Predicate<WorkUnit> matches, int most)
    {
        int last = Array.FindLastIndex(units, matches);
        if (last < 0)
            return null;
        int first = last;
        while (first > 0 && last + 1 - first < most && matches(units[first - 1]))
            first--;
        return new UnitRange(first, last + 1);
    }
}
