namespace MnistDistributed.Architecture.Tests;

/// <summary>What ./mnist builds, when, and how it hands over to the program.</summary>
public sealed class LauncherTests : IDisposable
{
    private readonly LauncherTree tree;

    public LauncherTests()
    {
        Needs.Unix();
        tree = new LauncherTree();
    }

    public void Dispose() => tree.Dispose();

    [Theory]
    [InlineData("train --out my|runs ", "Coordinator.dll", "[train] [--out] [my runs] []", "src/Coordinator")]
    [InlineData("silo --port 1", "Silo.dll", "[--port] [1]", "src/Silo")]
    [InlineData("bench faults *", "Bench.dll", "[bench] [faults] [*]", "src/Silo bench/Bench")]
    [InlineData("bench kernels", "Kernels.dll", "[bench] [kernels]", "bench/Kernels")]
    [InlineData("cluster status", "Coordinator.dll", "[cluster] [status]", "src/Coordinator")]
    [InlineData("cluster up --silos 2", "Coordinator.dll", "[cluster] [up] [--silos] [2]", "src/Silo src/Coordinator")]
    public async Task A_command_is_built_and_gets_its_arguments(string words, string program, string arguments, string builds)
    {
        var result = await tree.Mnist([.. words.Split(' ').Select(word => word.Replace('|', ' '))]);

        Assert.Equal((0, $"MnistDistributed.{program} in {tree.Root}: {arguments}\n"), (result.ExitCode, result.Output));
        Assert.Equal(builds.Split(' ').Select(project => project + " false"), tree.Builds);
    }

    [Fact]
    public async Task Tests_are_those_of_dotnet_test_in_the_tree()
    {
        var result = await tree.Start(tree.Launcher, tree.Stub, _ => { }, "test", "--filter", "a b");

        Assert.Equal((0, $"test in {tree.Root}: [-c] [Release] [--filter] [a b]\n"), (result.ExitCode, result.Output));
    }

    [Fact]
    public async Task It_works_through_a_symbolic_link_from_another_folder()
    {
        File.CreateSymbolicLink(Path.Combine(tree.Stub, "first"), "../a tree/mnist");
        File.CreateSymbolicLink(Path.Combine(tree.Stub, "second"), "first");

        var result = await tree.Start("./second", tree.Stub, _ => { }, "train");

        Assert.Equal($"MnistDistributed.Coordinator.dll in {tree.Stub}: [train]\n", result.Output);
        Assert.True(Directory.Exists(tree.PathOf("artifacts/bin/Coordinator")));
    }

    [Fact]
    public async Task Where_nothing_has_changed_the_program_starts_at_once_and_nothing_is_written()
    {
        Assert.Equal("Building Coordinator ...\n", (await tree.Mnist("train")).Error);
        var before = tree.Entries;

        var second = await tree.Mnist("train");

        Assert.Equal((0, ""), (second.ExitCode, second.Error));
        Assert.Single(tree.Builds);
        Assert.Equal(before, tree.Entries);
    }

    [Fact]
    public async Task Whatever_changes_in_the_sources_is_built()
    {
        await AssertBuilds(true, "a first time", () => { });
        await AssertBuilds(true, "a new file", () => tree.Write("src/Model/New.cs", "added"));
        await AssertBuilds(true, "an edited file", () => tree.Write("src/Model/New.cs", "edited"));
        await AssertBuilds(true, "a renamed file", () => File.Move(tree.PathOf("src/Model/New.cs"), tree.PathOf("src/Model/Other.cs")));
        await AssertBuilds(true, "a deleted file", () => tree.Delete("src/Model/Other.cs"));
        await AssertBuilds(true, "a new project", () => tree.Write("src/New/Program.cs", "added"));
        await AssertBuilds(true, "a deleted project", () => Directory.Delete(tree.PathOf("src/New"), recursive: true));
        await AssertBuilds(true, "edited properties", () => tree.Write("Directory.Build.props", "edited"));
        await AssertBuilds(true, "another feed", () => tree.Write("NuGet.config", "added"));
        await AssertBuilds(true, "deleted properties", () => tree.Delete("Directory.Build.props"));
        await AssertBuilds(false, "a test", () => tree.Write("tests/Some.Tests/Test.cs", "edited"));
        await AssertBuilds(false, "a benchmark", () => tree.Write("bench/Bench/Program.cs", "edited"));
        await AssertBuilds(false, "a run", () => tree.Write("runs/1/spec.json", "added"));

        async Task AssertBuilds(bool builds, string why, Action change)
        {
            int before = tree.Builds.Count;
            change();
            await tree.Mnist("train");
            await tree.Mnist("train");
            Assert.True(tree.Builds.Count == before + (builds ? 1 : 0), $"After {why} there were {tree.Builds.Count - before} builds.");
        }
    }

    [Fact]
    public async Task The_measurements_are_built_again_when_they_change_or_what_they_measure()
    {
        await tree.Mnist("bench");
        tree.Write("bench/Bench/Program.cs", "edited");
        await tree.Mnist("bench");
        tree.Write("src/Model/Data/Old.cs", "edited");
        await tree.Mnist("bench");
        await tree.Mnist("bench");

        Assert.Equal(["Silo", "Bench", "Bench", "Silo", "Bench"], tree.Builds.Select(build => build.Split('/', ' ')[1]));
    }

    [Fact]
    public async Task What_is_edited_during_a_build_is_built_the_next_time()
    {
        tree.HoldBuilds();
        var first = tree.Mnist("train");
        while (tree.Builds.Count < 1) await Task.Delay(10, TestContext.Current.CancellationToken);
        tree.Write("src/Model/Data/Old.cs", "edited");
        tree.ReleaseBuilds();
        await first;

        await tree.Mnist("train");
        Assert.Equal(2, tree.Builds.Count);
    }

    [Fact]
    public async Task A_build_that_fails_shows_what_dotnet_said_and_is_tried_again()
    {
        await tree.Mnist("train");
        tree.Write("src/Model/Data/Old.cs", "edited");
        string said = "A.cs(1,1): error CS1002: ; expected\n";
        tree.BuildsFail(said);
        for (int i = 0; i < 2; i++)
        {
            var failed = await tree.Mnist("train");
            Assert.Equal((1, "", "Building Coordinator ...\n" + said), (failed.ExitCode, failed.Output, failed.Error));
        }

        // Whatever the failed build has left of the program, it does not count, even where the sources are again as old as they were.
        File.SetLastWriteTimeUtc(tree.PathOf("src/Model/Data/Old.cs"), DateTime.UnixEpoch);
        tree.BuildsFail(null);
        Assert.Equal(0, (await tree.Mnist("train")).ExitCode);
        Assert.Equal(4, tree.Builds.Count);
    }

    [Fact]
    public async Task Of_two_starts_at_once_one_builds_and_the_other_waits()
    {
        bool waits = false;
        tree.HoldBuilds();
        var first = tree.Mnist("train");
        while (tree.Builds.Count < 1) await Task.Delay(10, TestContext.Current.CancellationToken);
        var second = tree.Start(tree.Launcher, tree.Root, line => waits |= line.StartsWith("Waiting", StringComparison.Ordinal), "train");
        while (!Volatile.Read(ref waits) && tree.Builds.Count < 2) await Task.Delay(10, TestContext.Current.CancellationToken);
        tree.ReleaseBuilds();
        var both = await Task.WhenAll(first, second);

        Assert.All(both, result => Assert.Equal(0, result.ExitCode));
        Assert.Single(tree.Builds);
        Assert.Single(both[1].Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task The_lock_of_a_dead_builder_is_taken_over()
    {
        string path = Path.Combine(Directory.CreateDirectory(tree.PathOf("artifacts")).FullName, "lock");
        File.CreateSymbolicLink(path, "999999999");

        var result = await tree.Mnist("train");

        Assert.Equal((0, "Building Coordinator ...\n"), (result.ExitCode, result.Error));
        Assert.Null(new FileInfo(path).LinkTarget);
    }

    [Fact]
    public async Task Where_nothing_can_be_written_one_line_says_so()
    {
        tree.Write("a file", "");
        tree.Set("ArtifactsPath", "a file/artifacts");

        var result = await tree.Mnist("train");

        Assert.Equal(1, result.ExitCode);
        Assert.Equal($"Coordinator has to be built first, and {tree.Root}/a file/artifacts cannot be written: "
            + "give a folder of yours as ArtifactsPath=DIR.\n", result.Error);
    }

    [Fact]
    public async Task Another_folder_for_the_artifacts_is_meant_from_where_the_user_stands()
    {
        tree.Set("ArtifactsPath", "mine");
        await tree.Start(tree.Launcher, tree.Stub, _ => { }, "train");

        Assert.True(Directory.Exists(Path.Combine(tree.Stub, "mine/bin/Coordinator")));
        Assert.False(Directory.Exists(tree.PathOf("artifacts")));
    }

    [Fact]
    public async Task Without_dotnet_one_line_says_where_to_get_it()
    {
        tree.TakeDotnetOffThePath();

        var result = await tree.Mnist("train");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("https://dotnet.microsoft.com/download/dotnet/10.0", result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("DOTNET_ROOT", "stub")]
    [InlineData("HOME", "home")]
    public async Task Dotnet_is_found_where_its_installers_put_it(string variable, string folder)
    {
        tree.TakeDotnetOffThePath();
        string home = Directory.CreateDirectory(tree.PathOf("../home")).FullName;
        Directory.CreateSymbolicLink(Path.Combine(home, ".dotnet"), tree.Stub);
        tree.Set(variable, tree.PathOf("../" + folder));

        Assert.Equal(0, (await tree.Mnist("train")).ExitCode);
    }

    [Fact]
    public async Task Libtorch_joins_the_build_when_its_engine_is_asked_for_and_stays()
    {
        await tree.Mnist("train", "--engine", "simd");
        Assert.Contains("libtorch: about", (await tree.Mnist("train", "--engine", "torch")).Error, StringComparison.Ordinal);
        Assert.Equal("", (await tree.Mnist("train")).Error);
        Assert.Equal("Building Silo ...\n", (await tree.Mnist("silo")).Error);

        Assert.Equal(["src/Coordinator false", "src/Coordinator true", "src/Silo true"], tree.Builds);
    }

    [Theory]
    [InlineData("--engine=torch", true)]
    [InlineData("--engine:torch", true)]
    [InlineData("--epochs 1 --engine torch --seed 2", true)]
    [InlineData("--engine simd --out torch", false)]
    [InlineData("--out --engine=torches", false)]
    public async Task The_torch_engine_can_be_asked_for_as_any_option(string options, bool asks)
    {
        await tree.Mnist(["train", .. options.Split(' ')]);

        Assert.Equal([asks ? "src/Coordinator true" : "src/Coordinator false"], tree.Builds);
    }

    [Fact]
    public async Task The_users_word_on_libtorch_is_the_last()
    {
        tree.Set("WithLibtorch", "true");
        await tree.Mnist("train");
        tree.Set("WithLibtorch", "false");
        await tree.Mnist("train", "--engine", "torch");
        tree.Set("WithLibtorch", null);
        await tree.Mnist("train");

        Assert.Equal(["src/Coordinator true", "src/Coordinator false"], tree.Builds);
    }

    [Fact]
    public async Task A_build_with_libtorch_that_fails_is_not_remembered()
    {
        tree.BuildsFail("error NU1301: Unable to load the service index.\n");
        Assert.Equal(1, (await tree.Mnist("train", "--engine", "torch")).ExitCode);

        tree.BuildsFail(null);
        await tree.Mnist("train");
        Assert.Equal(["src/Coordinator true", "src/Coordinator false"], tree.Builds);
    }
}
