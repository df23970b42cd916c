namespace MnistDistributed.Coordinator.Reports;

/// <summary>The program's own style sheet and script.</summary>
public static class Resource
{
    /// <summary>One of them, as it is.</summary>
    public static Html Of(string name)
    {
        using Stream stream = typeof(Resource).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return Html.Trusted(reader.ReadToEnd());
    }
}
