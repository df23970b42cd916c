using System.Globalization;

namespace MnistDistributed.Coordinator.Terminal;

/// <summary>A number of things, for people.</summary>
public static class Counted
{
    /// <summary><c>1 silo</c>, <c>3 silos</c>.</summary>
    public static string Of(int count, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");
}
