using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace MnistDistributed.Architecture.Tests;

/// <summary>Imports point one way: Coordinator and Silo -> Grains -> Model.</summary>
public class ImportDirectionTests
{
    private const string Prefix = "MnistDistributed.";

    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Model"] = [],
        ["Grains"] = ["Model"],
        ["Silo"] = ["Grains", "Model"],
        ["Coordinator"] = ["Grains", "Model"],
    };

    public static TheoryData<string> Projects => new(Allowed.Keys);

    [Fact]
    public void Every_project_of_src_has_its_place_in_the_order()
    {
        var found = Repository.Files("src").Where(file =>
            file.EndsWith(".csproj", StringComparison.Ordinal)).Select(Path.GetFileNameWithoutExtension);

        Assert.Equal(Allowed.Keys.Order(), found.Order());
    }

    [Fact]
    public void The_measurements_stand_above_the_programs()
    {
        Assert.Equal(["src/Coordinator/Coordinator.csproj"], ProjectReferences("tests/Simulation/Simulation.csproj"));
        Assert.Equal(["tests/Simulation/Simulation.csproj"], ProjectReferences("bench/Bench/Bench.csproj"));
        Assert.Equal(["src/Coordinator/Coordinator.csproj"], ProjectReferences("bench/Kernels/Kernels.csproj"));
    }

    [Theory, MemberData(nameof(Projects))]
    public void A_project_refers_only_to_projects_below_it(string project)
    {
        var references = ProjectReferences($"src/{project}/{project}.csproj").ToList();

        Assert.All(references, reference => Assert.Contains(Path.GetFileNameWithoutExtension(reference), Allowed[project]));
        if (project == "Model") Assert.Empty(references);
    }

    [Theory, MemberData(nameof(Projects))]
    public void An_assembly_refers_only_to_assemblies_below_it(string project)
    {
        var ours = AssemblyReferences(project).Where(name => Allowed.Keys.Any(other => name == Prefix + other));

        Assert.All(ours, name => Assert.Contains(name[Prefix.Length..], Allowed[project]));
    }

    [Fact]
    public void The_model_knows_neither_Orleans_nor_AspNetCore()
    {
        Assert.DoesNotContain(AssemblyReferences("Model"), name =>
            name.StartsWith("Orleans", StringComparison.Ordinal) || name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) ||
            name.StartsWith("Microsoft.Extensions", StringComparison.Ordinal) ||
            name.StartsWith("Serilog", StringComparison.Ordinal) || name.StartsWith("OpenTelemetry", StringComparison.Ordinal) ||
            name.StartsWith(Prefix, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_project_of_the_tree_is_in_the_solution()
    {
        string solution = Repository.Read("MnistDistributed.sln").Replace('\\', '/');
        var projects = Repository.Files().Where(file => file.EndsWith(".csproj", StringComparison.Ordinal));

        Assert.All(projects, file => Assert.Contains($"\"{file}\"", solution, StringComparison.Ordinal));
    }

    private static IEnumerable<string> ProjectReferences(string project) =>
        from reference in XDocument.Parse(Repository.Read(project)).Descendants("ProjectReference")
        let path = Path.Combine(Repository.Root, Path.GetDirectoryName(project)!, reference.Attribute("Include")!.Value.Replace('\\', '/'))
        select Path.GetRelativePath(Repository.Root, Path.GetFullPath(path)).Replace('\\', '/');

    private static List<string> AssemblyReferences(string project)
    {
        using var file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, Prefix + project + ".dll"));
        using var image = new PEReader(file);
        var metadata = image.GetMetadataReader();
        return metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name)).ToList();
    }
}
