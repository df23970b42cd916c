using System.Text;
using System.Text.Json.Nodes;
using FsCheck.Xunit;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Tests.Training;

public class RunSpecJsonTests
{
    private static readonly string Json = RunSpecJson.Write(TestRun.Spec());

    [Fact]
    public void Writes_camel_case_and_names()
    {
        Assert.Contains("\"seed\": 7", Json, StringComparison.Ordinal);
        Assert.Contains("\"schedule\": \"oneCycle\"", Json, StringComparison.Ordinal);
        Assert.Contains("\"conv1\": 16", Json, StringComparison.Ordinal);
        Assert.DoesNotContain("flat", Json, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', RunSpecJson.Write(TestRun.Spec(), indented: false));
    }

    [Property(MaxTest = 200)]
    public void Comes_back_as_it_was(ulong seed, ulong rate, ulong decay, OptimizerKind optimizer, ScheduleKind schedule)
    {
        var spec = TestRun.Spec() with
        {
            Seed = seed,
            Recipe = new Recipe
            {
                LearningRate = 1 + rate / (double)ulong.MaxValue,
                WeightDecay = decay / (double)ulong.MaxValue,
                Optimizer = optimizer,
                Schedule = schedule,
            },
        };
        Assert.Equal(spec, RunSpecJson.Read(RunSpecJson.Write(spec), "here"));
        Assert.Equal(spec, RunSpecJson.Read(RunSpecJson.Write(spec, indented: false), "here"));
    }

    [Fact]
    public void Weights_to_begin_at_are_written_where_there_are_some()
    {
        Assert.DoesNotContain("initialWeights", Json, StringComparison.Ordinal);
        var spec = TestRun.Spec() with { InitialWeights = new string('a', 64) };
        Assert.NotEqual(TestRun.Spec(), spec);
        Assert.Equal(spec, RunSpecJson.Read(RunSpecJson.Write(spec), "here"));
        Refuses(With(null, "initialWeights", "../model"), "64 lower-case hexadecimal digits");
    }

    [Fact]
    public void Distortions_are_written_where_there_are_some()
    {
        Assert.DoesNotContain("rotation", Json, StringComparison.Ordinal);
        var recipe = TestRun.Spec().Recipe with { Rotation = 10, Scaling = 0.1, Elastic = 0.7 };
        var spec = TestRun.Spec() with { Recipe = recipe };
        Assert.Contains("\"elastic\": 0.7", RunSpecJson.Write(spec), StringComparison.Ordinal);
        Assert.Equal(spec, RunSpecJson.Read(RunSpecJson.Write(spec), "here"));
        Refuses(With("recipe", "rotation", -1), "rotation is from 0 to 180 degrees, not -1");
    }

    [Fact]
    public void Ten_classes_are_what_a_spec_that_does_not_say_has()
    {
        Assert.DoesNotContain("classes", Json, StringComparison.Ordinal);
        var letters = TestRun.Spec() with { Network = TestRun.Spec().Network with { Classes = 27 } };
        Assert.Contains("\"classes\": 27", RunSpecJson.Write(letters), StringComparison.Ordinal);
        Assert.Equal(letters, RunSpecJson.Read(RunSpecJson.Write(letters), "here"));
        Refuses(With("network", "classes", 257), "The number of classes is from 1 to 256, not 257");
        Refuses(With("network", "classes", 0), "The number of classes is from 1 to 256, not 0");
        Refuses(With("network", "classes", null));
    }

    [Fact]
    public void Every_member_is_demanded_and_none_may_be_null_or_of_another_type()
    {
        int members = 0;
        foreach (string? section in new[] { null, "network", "recipe" })
        {
            foreach (string name in Section(JsonNode.Parse(Json)!, section).Select(member => member.Key).ToList())
            {
                members++;
                Refuses(Without(section, name), name);
                Refuses(With(section, name, null));
                Refuses(With(section, name, new JsonArray()));
                Refuses(With(section, name, name is "engine" or "dataDigest" ? 1 : "text"));
            }
        }

        Assert.Equal(11 + 3 + 15, members);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("3")]
    [InlineData("{}")]
    [InlineData("{\"seed\":")]
    public void Other_json_is_refused(string json) => Refuses(json);

    [Fact]
    public void Unknown_repeated_and_misspelt_members_are_refused()
    {
        Refuses(With(null, "workers", 2), "workers");
        Refuses(With("recipe", "lr", 2), "lr");
        Refuses(Json.Replace("\"seed\": 7", "\"seed\": 7, \"seed\": 8", StringComparison.Ordinal), "seed");
        Refuses(Json.Replace("\"seed\"", "\"Seed\"", StringComparison.Ordinal), "Seed");
        Refuses(With("recipe", "optimizer", 0));
        Refuses(With("recipe", "optimizer", "adamw"), "optimizer");
        Refuses(With(null, "batch", 1.5), "batch");
        Refuses(With(null, "batch", 1e20), "batch");
        Refuses(With(null, "seed", -1), "seed");
    }

    [Fact]
    public void A_spec_with_a_problem_is_refused() => Refuses(With(null, "slots", 3), "2 or 4 would do");

    [Property(MaxTest = 500)]
    public void No_damage_does_worse_than_one_clear_line(int place, byte value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Json);
        bytes[(int)((uint)place % bytes.Length)] = value;
        try
        {
            RunSpecJson.Read(Encoding.UTF8.GetString(bytes), "here");
        }
        catch (InvalidDataException e)
        {
            AssertOneLine(e);
        }
    }

    private static JsonObject Section(JsonNode root, string? section) => (section is null ? root : root[section]!).AsObject();

    private static string With(string? section, string name, JsonNode? value)
    {
        var root = JsonNode.Parse(Json)!;
        Section(root, section)[name] = value;
        return root.ToJsonString();
    }

    private static string Without(string? section, string name)
    {
        var root = JsonNode.Parse(Json)!;
        Section(root, section).Remove(name);
        return root.ToJsonString();
    }

    private static void Refuses(string json, string part = "here")
    {
        var e = Assert.Throws<InvalidDataException>(() => RunSpecJson.Read(json, "here"));
        AssertOneLine(e);
        Assert.Contains(part, e.Message, StringComparison.Ordinal);
    }

    private static void AssertOneLine(InvalidDataException e)
    {
        Assert.StartsWith("here is not a run's spec: ", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(e.Message, char.IsControl);
    }
}
