namespace MnistDistributed.Architecture.Tests;

/// <summary>What ./mnist learns from a package feed, and what it remembers. The first three ask a real one, with packages made here.</summary>
public sealed class FeedTests : IDisposable
{
    private static readonly string[] All = ["HasOrleans", "HasTorchSharp", "HasSerilogAspNetCore", "HasPrometheusExporter"];

    private readonly LauncherTree tree = new();

    public void Dispose() => tree.Dispose();

    [BashFact]
    public void A_feed_that_has_everything_is_remembered_as_such()
    {
        FillFeed();

        var first = tree.Mnist("train");

        Assert.Equal((0, "true true true true"), (first.ExitCode, Answers()));
        Assert.DoesNotContain("lacks", first.Error, StringComparison.Ordinal);
    }

    [BashFact]
    public void What_is_missing_is_said_in_one_line_each_and_remembered()
    {
        // Orleans lacks a package that it depends on; TorchSharp has only an older version; the exporter a newer one, which will do.
        FillFeed(orleansNeeds: "Not.There", torchSharp: "0.9.0", exporter: "9.0.0");

        var first = tree.Mnist("train");

        Assert.Equal((0, "false false true true"), (first.ExitCode, Answers()));
        Assert.Equal(2, first.Error.Split('\n').Count(line => line.StartsWith("This feed lacks ", StringComparison.Ordinal)));
        Assert.Contains("This feed lacks Microsoft.Orleans 1.2.3: the in-process runtime of compat/ serves instead.", first.Error, StringComparison.Ordinal);
        Assert.Contains("This feed lacks TorchSharp 1.2.3: there is no torch engine in this build; simd, the default, does not need it.", first.Error, StringComparison.Ordinal);
    }

    [BashFact]
    public void A_silent_feed_is_an_error_and_nothing_is_remembered()
    {
        tree.UseRealFeed("http://127.0.0.1:1/v3/index.json");
        tree.Set("NUGET_ENHANCED_MAX_NETWORK_TRY_COUNT", "1");

        var first = tree.Mnist("train");

        Assert.Equal((1, null, 0), (first.ExitCode, tree.Remembered, tree.Calls("build")));
        Assert.Contains("gave no definite answer", first.Error, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1:1", first.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.Combine(tree.Root, "eng")));
    }

    [BashFact]
    public void A_half_answer_is_no_answer()
    {
        tree.FeedSays("""
            /x/HasOrleans.csproj : error NU1101: Unable to find package Microsoft.Orleans.Sdk. [/x/probe.slnx]
            /x/HasOrleans.csproj : error NU1301: Unable to load the service index. [/x/probe.slnx]
            """);

        Assert.Equal(1, tree.Mnist("train").ExitCode);
        Assert.Null(tree.Remembered);
    }

    [BashFact]
    public void A_failure_that_names_no_package_is_an_error()
    {
        tree.FeedSays("MSBUILD : error MSB1009: Project file does not exist.");

        var result = tree.Mnist("train");

        Assert.Equal((1, null), (result.ExitCode, tree.Remembered));
        Assert.Contains("MSB1009", result.Error, StringComparison.Ordinal);
    }

    [BashFact]
    public void Versions_that_do_not_fit_together_are_missing()
    {
        tree.FeedSays("/x/HasSerilogAspNetCore.csproj : error NU1605: Warning As Error: Detected package downgrade [/x/probe.slnx]");

        Assert.Equal(0, tree.Mnist("train").ExitCode);
        Assert.Equal("true true false true", Answers());
    }

    [BashFact]
    public void What_is_known_is_not_asked_again()
    {
        tree.Mnist("train");
        tree.Mnist("train");
        tree.Write("src/Coordinator/Program.cs", "second");
        tree.Mnist("train");

        Assert.Equal(1, tree.Calls("restore"));
    }

    [BashFact]
    public void New_versions_and_a_new_configuration_ask_again()
    {
        tree.Mnist("train");
        tree.Write("nuget.config", "<configuration />");
        tree.Mnist("train");
        Assert.Equal(2, tree.Calls("restore"));

        tree.Write("Directory.Packages.props", "<Project />");
        tree.Mnist("train");
        Assert.Equal(3, tree.Calls("restore"));

        tree.Set("RestoreAdditionalProjectSources", "/feed");
        tree.Mnist("train");
        Assert.Equal(4, tree.Calls("restore"));

        tree.Set("OrleansVersion", "9.0.0");
        tree.Mnist("train");
        Assert.Equal(5, tree.Calls("restore"));
    }

    [BashFact]
    public void Nobody_is_asked_what_the_user_has_settled()
    {
        foreach (string name in All) tree.Set(name, "false");

        Assert.Equal(0, tree.Mnist("train").ExitCode);
        Assert.Equal((0, 1, null), (tree.Calls("restore"), tree.Calls("build"), tree.Remembered));
    }

    [BashFact]
    public void A_settled_property_needs_no_answer_until_it_is_open_again()
    {
        tree.FeedSays("/x/HasTorchSharp.csproj : error NU1301: Unable to load the service index. [/x/probe.slnx]");
        tree.Set("HasTorchSharp", "false");
        Assert.Equal(0, tree.Mnist("train").ExitCode);
        Assert.Equal("true ? true true", Answers());

        tree.Set("HasTorchSharp", null);
        Assert.Equal(1, tree.Mnist("train").ExitCode);
        Assert.Equal(2, tree.Calls("restore"));
    }

    [BashFact]
    public void The_users_word_wins_over_what_is_remembered()
    {
        tree.Mnist("train");

        Assert.All(All, name => Assert.Contains($"<{name} Condition=\"'$({name})' == ''\">true</{name}>", tree.Remembered!, StringComparison.Ordinal));
    }

    // The four packages at 1.2.3, which only the overrides ask for.
    private void FillFeed(string? orleansNeeds = null, string torchSharp = "1.2.3", string exporter = "1.2.3")
    {
        tree.UseRealFeed();
        foreach (string name in (string[])["Orleans", "TorchSharp", "SerilogAspNetCore", "OpenTelemetry", "PrometheusExporter"])
            tree.Set(name + "Version", "1.2.3");
        tree.Pack("Microsoft.Orleans.Client", "1.2.3");
        tree.Pack("Microsoft.Orleans.Sdk", "1.2.3");
        tree.Pack("Microsoft.Orleans.Server", "1.2.3", orleansNeeds);
        tree.Pack("TorchSharp", torchSharp);
        tree.Pack("Serilog.AspNetCore", "1.2.3");
        tree.Pack("OpenTelemetry.Exporter.Prometheus.AspNetCore", exporter);
        tree.Pack("OpenTelemetry.Extensions.Hosting", "1.2.3");
    }

    // The remembered answers in the order of All.
    private string Answers() => string.Join(' ', All.Select(name =>
        tree.Remembered!.Contains($">true</{name}>", StringComparison.Ordinal) ? "true" :
        tree.Remembered!.Contains($">false</{name}>", StringComparison.Ordinal) ? "false" : "?"));
}
