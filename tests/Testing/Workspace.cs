using System.Text.Json;

namespace MnistDistributed.Testing;

/// <summary>A folder in which a person might train: with a small data set in the folder data, and runs below it.</summary>
public class Workspace : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Makes the folder.</summary>
    public Workspace() => SmallData.Write(InFolder("data"), training: 4000, test: 600);

    /// <summary>Where it is.</summary>
    public string Folder => _folder.Path;

    /// <summary>A path in it.</summary>
    public string InFolder(string name) => _folder.File(name);

    /// <summary>The only run below a folder.</summary>
    public string RunIn(string parent) => Assert.Single(Directory.GetDirectories(InFolder(parent)));

    /// <summary>Starts a coordinator here.</summary>
    public ProgramProcess Start(params IEnumerable<string> arguments) => Programs.Coordinator(Folder, arguments);

    /// <summary>Starts a training on the folder data that keeps 500 images for validation: 28 steps an epoch.</summary>
    public ProgramProcess Train(params IEnumerable<string> arguments) =>
        Start(["train", "--validation", "500", .. arguments.Contains("--data") ? [] : new[] { "--data", "data" }, .. arguments]);

    /// <summary>Runs a coordinator to its end.</summary>
    public async Task<(int Code, string Output, string Error)> Run(params IEnumerable<string> arguments)
    {
        await using var coordinator = Start(arguments);
        return await coordinator.Result();
    }

    /// <summary>What a run's metrics.json says under a name.</summary>
    public static string? Metric(string run, string name)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "metrics.json")));
        return json.RootElement.GetProperty(name).GetString();
    }

    /// <summary>Deletes it.</summary>
    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }
}
