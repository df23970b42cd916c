using MnistDistributed.Compat.Tests.Cluster;
using Orleans.Serialization;

namespace MnistDistributed.Compat.Tests.Surface;

/// <summary>
/// compat/Orleans/surface.txt is all that src/ may use of Orleans. The stand-in offers exactly that, and Orleans offers it in the same shape.
/// </summary>
public sealed class SurfaceTests
{
    private static readonly string[] StandInOnly = ["Orleans.InProcess"];

    [Fact]
    public void Orleans_or_its_stand_in_has_all_that_is_listed() => AssertNone("listed, but not there", Listed().Except(There()));

    [Fact]
    public void The_stand_in_has_nothing_else()
    {
        if (Runtime.IsStandIn)
            AssertNone("there, but not listed", There().Except(Listed()));
    }

    private static void AssertNone(string what, IEnumerable<string> lines) =>
        Assert.True(!lines.Any(), $"{lines.Count()} lines are {what}:{string.Concat(lines.Order().Select(line => $"\n  {line}"))}");

    private static HashSet<string> There()
    {
        var types = new[] { typeof(IGrain), typeof(ISiloBuilder), typeof(IClusterClient), typeof(IdAttribute), typeof(SerializerException) }
            .Select(type => type.Assembly)
            .Distinct()
            .SelectMany(assembly => assembly.GetExportedTypes())
            .Where(type => !StandInOnly.Contains(type.Namespace));
        var names = Listed().Where(line => !line.Contains(':', StringComparison.Ordinal)).Select(line => line.Split(' ')[^1]).ToHashSet();
        var lines = types.Where(type => Runtime.IsStandIn || names.Contains(type.FullName!)).SelectMany(PublicSurface.Of);
        // What can be set at any time can also be set at the beginning.
        return [.. lines.SelectMany(line => new[] { line, line.Replace(" set; }", " init; }", StringComparison.Ordinal) }.Take(Runtime.IsStandIn ? 1 : 2))];
    }

    private static HashSet<string> Listed()
    {
        using var reader = new StreamReader(typeof(SurfaceTests).Assembly.GetManifestResourceStream("surface.txt")!);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }
}
