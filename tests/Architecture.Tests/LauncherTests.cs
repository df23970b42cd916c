namespace MnistDistributed.Architecture.Tests;

/// <summary>What ./mnist builds, when, and how it hands over to the program.</summary>
public sealed class LauncherTests : IDisposable
{
    private readonly LauncherTree tree = new();

    public void Dispose() => tree.Dispose();

    [BashFact]
    public void The_program_gets_the_arguments_and_the_users_folder()
    {
        var result = tree.Mnist("train", "--out", "my runs");

        Assert.Equal((0, $"run MnistDistributed.Coordinator.dll in {tree.Root}: [train] [--out] [my runs]\n"), (result.ExitCode, result.Output));
    }

    [BashFact]
    public void A_silo_is_a_program_of_its_own()
    {
        Assert.Equal($"run MnistDistributed.Silo.dll in {tree.Root}: [--port] [1]\n", tree.Mnist("silo", "--port", "1").Output);
        Assert.Equal(1, tree.Calls("build src/Silo/Silo.csproj"));
    }

    [BashFact]
    public void The_measurements_are_a_program_of_their_own_and_are_built_again_when_they_change()
    {
        Assert.Equal($"run MnistDistributed.Bench.dll in {tree.Root}: [bench] [faults] [--plans] [1]\n", tree.Mnist("bench", "faults", "--plans", "1").Output);
        tree.Mnist("bench", "faults");
        Assert.Equal(1, tree.Calls("build bench/Bench/Bench.csproj"));

        tree.Write("bench/Bench/New.cs", "added");
        tree.Mnist("train");
        tree.Mnist("bench", "faults");
        tree.Mnist("train");
        Assert.Equal((2, 1), (tree.Calls("build bench/Bench/Bench.csproj"), tree.Calls("build src/Coordinator/Coordinator.csproj")));
    }

    [BashFact]
    public void A_cluster_needs_the_silos_program_only_to_start()
    {
        Assert.Equal($"run MnistDistributed.Coordinator.dll in {tree.Root}: [cluster] [status]\n", tree.Mnist("cluster", "status").Output);
        Assert.Equal((0, 1), (tree.Calls("build src/Silo/Silo.csproj"), tree.Calls("build")));

        Assert.Equal($"run MnistDistributed.Coordinator.dll in {tree.Root}: [cluster] [up] [--silos] [2]\n", tree.Mnist("cluster", "up", "--silos", "2").Output);
        Assert.Equal((1, 2), (tree.Calls("build src/Silo/Silo.csproj"), tree.Calls("build")));
    }

    [BashFact]
    public async Task It_works_through_a_symbolic_link_from_another_folder()
    {
        string elsewhere = Directory.CreateDirectory(Path.Combine(tree.Root, "../else where")).FullName;
        File.CreateSymbolicLink(Path.Combine(elsewhere, "m"), "../a tree/mnist");

        var result = await tree.Start("./m", elsewhere, "train");

        Assert.Equal($"run MnistDistributed.Coordinator.dll in {elsewhere}: [train]\n", result.Output);
    }

    [BashFact]
    public void Only_what_has_changed_is_built()
    {
        tree.Mnist("train");
        var second = tree.Mnist("train");
        Assert.Equal((1, ""), (tree.Calls("build"), second.Error));

        tree.Write("src/Model/New.cs", "added");
        tree.Mnist("train");
        Assert.Equal(2, tree.Calls("build"));

        tree.Write("src/Model/New.cs", "edited");
        tree.Mnist("train");
        Assert.Equal(3, tree.Calls("build"));

        File.Move(Path.Combine(tree.Root, "src/Model/New.cs"), Path.Combine(tree.Root, "src/Model/Renamed.cs"));
        tree.Mnist("train");
        Assert.Equal(4, tree.Calls("build"));

        File.Delete(Path.Combine(tree.Root, "src/Model/Renamed.cs"));
        tree.Mnist("train");
        Assert.Equal(5, tree.Calls("build"));

        tree.Set("HasOrleans", "false");
        tree.Mnist("train");
        Assert.Equal(6, tree.Calls("build"));

        tree.Write("tests/Some.Tests/Test.cs", "no part of the program");
        tree.Mnist("train");
        Assert.Equal(6, tree.Calls("build"));
    }

    [BashFact]
    public void Libtorch_is_part_of_the_build_once_its_engine_is_asked_for()
    {
        Assert.DoesNotContain("libtorch", tree.Mnist("train", "--engine", "simd").Error, StringComparison.Ordinal);
        Assert.Equal(0, tree.BuildsWithLibtorch);

        var first = tree.Mnist("train", "--engine", "torch");
        Assert.Equal((0, $"run MnistDistributed.Coordinator.dll in {tree.Root}: [train] [--engine] [torch]\n"), (first.ExitCode, first.Output));
        Assert.Single(first.Error.Split('\n'), line => line.Contains("libtorch: about", StringComparison.Ordinal));
        Assert.Equal((2, 1), (tree.Calls("build"), tree.BuildsWithLibtorch));

        // From now on every program has it, and nothing is built back and forth.
        Assert.Equal("", tree.Mnist("train").Error);
        Assert.Equal("", tree.Mnist("train", "--engine=torch").Error);
        Assert.DoesNotContain("libtorch", tree.Mnist("silo").Error, StringComparison.Ordinal);
        Assert.Equal((3, 2), (tree.Calls("build"), tree.BuildsWithLibtorch));
    }

    [BashTheory]
    [InlineData("--engine=torch")]
    [InlineData("--engine:torch")]
    [InlineData("--epochs 1 --engine torch --seed 2")]
    public void The_torch_engine_can_be_asked_for_as_any_option(string options)
    {
        tree.Mnist(["train", .. options.Split(' ')]);
        Assert.Equal(1, tree.BuildsWithLibtorch);
    }

    [BashTheory]
    [InlineData("--engine simd --out torch")]
    [InlineData("--out --engine=torches")]
    public void Another_word_of_torch_fetches_nothing(string options)
    {
        tree.Mnist(["train", .. options.Split(' ')]);
        Assert.Equal((1, 0), (tree.Calls("build"), tree.BuildsWithLibtorch));
    }

    [BashFact]
    public void The_users_word_on_libtorch_is_the_last()
    {
        tree.Set("WithLibtorch", "false");
        tree.Mnist("train", "--engine", "torch");
        Assert.Equal((1, 0), (tree.Calls("build"), tree.BuildsWithLibtorch));

        tree.Set("WithLibtorch", "true");
        Assert.Contains("libtorch: about", tree.Mnist("silo").Error, StringComparison.Ordinal);
        Assert.Equal((2, 1), (tree.Calls("build"), tree.BuildsWithLibtorch));
    }

    [BashFact]
    public void A_build_with_libtorch_that_fails_is_not_remembered()
    {
        tree.Write("../stub/build.log", "error NU1301: Unable to load the service index.\n");
        Assert.Equal(1, tree.Mnist("train", "--engine", "torch").ExitCode);

        File.Delete(Path.Combine(tree.Root, "../stub/build.log"));
        Assert.Equal(0, tree.Mnist("train").ExitCode);
        Assert.Equal((2, 1), (tree.Calls("build"), tree.BuildsWithLibtorch));
    }

    [BashFact]
    public void Where_TorchSharp_is_missing_no_libtorch_is_announced()
    {
        tree.FeedSays("/x/HasTorchSharp.csproj : error NU1101: Unable to find package TorchSharp. [/x/probe.slnx]");
        Assert.DoesNotContain("libtorch: about", tree.Mnist("train", "--engine", "torch").Error, StringComparison.Ordinal);
        Assert.Equal("", tree.Mnist("train", "--engine", "torch").Error);
    }

    [BashFact]
    public void A_system_without_libtorch_says_so_and_trains_with_simd()
    {
        tree.Command("uname", "#!/bin/sh\n[ \"$1\" = -m ] && echo riscv64 || echo Linux\n");

        var result = tree.Mnist("train", "--engine", "torch");

        Assert.Equal((1, 0), (result.ExitCode, tree.Calls("build")));
        Assert.Contains("not for Linux on riscv64. The simd engine runs everywhere.", result.Error, StringComparison.Ordinal);
        Assert.Equal(0, tree.Mnist("train").ExitCode);
    }

    [BashFact]
    public void A_build_that_fails_shows_its_errors_and_is_tried_again()
    {
        tree.Write("../stub/build.log", "  Restored something\nA.cs(1,1): error CS1002: ; expected\nA.cs(1,1): error CS1002: ; expected\n");
        var failed = tree.Mnist("train");
        Assert.Equal((1, ""), (failed.ExitCode, failed.Output));
        Assert.Equal(1, failed.Error.Split('\n').Count(line => line.Contains("CS1002", StringComparison.Ordinal)));
        Assert.DoesNotContain("Restored", failed.Error, StringComparison.Ordinal);

        File.Delete(Path.Combine(tree.Root, "../stub/build.log"));
        Assert.Equal(0, tree.Mnist("train").ExitCode);
    }

    [BashFact]
    public async Task Two_starts_at_once_build_once()
    {
        string script = Path.Combine(tree.Root, "mnist");
        bool waits = false;
        tree.HoldBuilds = true;
        var first = tree.Start(script, tree.Root, "train");
        while (tree.Builds.Count < 1) await Task.Delay(10);
        var second = tree.Start(script, tree.Root, line => waits |= line.StartsWith("Waiting", StringComparison.Ordinal), "train");
        while (!Volatile.Read(ref waits) && tree.Builds.Count < 2) await Task.Delay(10);
        tree.HoldBuilds = false;
        var both = await Task.WhenAll(first, second);

        Assert.All(both, result => Assert.Equal(0, result.ExitCode));
        Assert.Equal(["begin", "end"], tree.Builds);
        Assert.Equal(1, tree.Calls("restore"));
    }

    [BashFact]
    public void The_lock_of_a_dead_process_is_taken_over()
    {
        Directory.CreateDirectory(Path.Combine(tree.Root, "artifacts"));
        File.CreateSymbolicLink(Path.Combine(tree.Root, "artifacts/lock"), $"999999999@{Environment.MachineName}");

        Assert.Equal(0, tree.Mnist("train").ExitCode);
        Assert.Null(new FileInfo(Path.Combine(tree.Root, "artifacts/lock")).LinkTarget);
    }

    [BashFact]
    public void A_lock_that_cannot_be_made_is_no_lock_that_another_holds()
    {
        tree.Command("ln", "#!/bin/sh\necho \"ln: $3: Read-only file system\" >&2\nexit 1\n");

        var result = tree.Mnist("train");

        Assert.Equal(1, result.ExitCode);
        Assert.EndsWith("Read-only file system", result.Error.TrimEnd(), StringComparison.Ordinal);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
    }

    [BashFact]
    public void Without_a_home_folder_it_says_what_to_set()
    {
        tree.Set("HOME", null);
        Assert.Equal(0, tree.Mnist("train").ExitCode);

        tree.Set("DOTNET_CLI_HOME", null);
        var result = tree.Mnist("train");

        Assert.Equal(1, result.ExitCode);
        Assert.EndsWith("set HOME or DOTNET_CLI_HOME.", result.Error.TrimEnd(), StringComparison.Ordinal);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
    }

    [BashFact]
    public void An_older_SDK_is_named_with_the_page_of_the_right_one()
    {
        tree.Write("../stub/version", "9.0.300\n");

        var result = tree.Mnist("train");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("has 9.0.300: https://dotnet.microsoft.com/download/dotnet/10.0", result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
    }

    [BashFact]
    public void A_newer_SDK_alone_is_not_enough()
    {
        tree.Write("../stub/version", "11.0.100\n");
        Assert.Contains("has 11.0.100: https", tree.Mnist("train").Error, StringComparison.Ordinal);

        // As with a global.json that none of them satisfies.
        tree.Write("../stub/version", "");
        tree.Write("../stub/sdks", "9.0.300 [/sdk]\n11.0.100 [/sdk]\n");
        Assert.Contains("has 9.0.300, 11.0.100: https", tree.Mnist("train").Error, StringComparison.Ordinal);

        tree.Write("../stub/sdks", "");
        Assert.Contains("has no SDK: https", tree.Mnist("train").Error, StringComparison.Ordinal);
    }

    [BashFact]
    public void Another_folder_for_the_artifacts_is_meant_from_where_the_user_stands()
    {
        tree.Set("ArtifactsPath", "mine");
        tree.Mnist("train");

        Assert.True(File.Exists(Path.Combine(tree.Root, "mine/stamps/Coordinator")));
    }

    [BashFact]
    public void The_counts_of_all_test_projects_are_summed_on_the_last_line()
    {
        TestsOfAll(total: 3, executed: 3, passed: 3);
        var result = tree.Mnist("test", "--filter", "x");
        int projects = tree.Calls("test ");
        Assert.True(projects > 1);
        Assert.Equal((0, $"{3 * projects} passed, 0 failed"), (result.ExitCode, LastLine(result)));

        tree.TestsOf("Model.Tests", total: 5, executed: 4, passed: 2, exitCode: 1);
        result = tree.Mnist("test");
        Assert.Equal((1, $"{(3 * projects) - 1} passed, 2 failed, 1 skipped"), (result.ExitCode, LastLine(result)));
    }

    [BashFact]
    public void One_test_project_can_be_named()
    {
        tree.Write("tests/Model.Tests/Model.Tests.csproj", "<Project />");
        TestsOfAll(total: 2, executed: 2, passed: 2);

        Assert.Equal("2 passed, 0 failed", LastLine(tree.Mnist("test", "Model.Tests")));
        Assert.Equal((1, 1), (tree.Calls("build tests/Model.Tests/Model.Tests.csproj"), tree.Calls("build")));
    }

    [BashFact]
    public async Task Tests_run_in_the_tree_on_the_dotnet_that_was_found()
    {
        tree.Write("tests/Model.Tests/Model.Tests.csproj", "<Project />");
        TestsOfAll(total: 2, executed: 2, passed: 2);
        string elsewhere = Directory.CreateDirectory(Path.Combine(tree.Root, "../elsewhere")).FullName;

        var result = await tree.Start(Path.Combine(tree.Root, "mnist"), elsewhere, "test", "Model.Tests");

        Assert.Equal((0, "2 passed, 0 failed"), (result.ExitCode, LastLine(result)));
        Assert.Equal([$"{tree.Root}: {tree.StubDotnet}"], tree.TestRuns);
    }

    [BashFact]
    public void A_test_process_that_dies_counts_as_a_failure()
    {
        TestsOfAll(total: 3, executed: 3, passed: 3);
        tree.TestsOf("Model.Tests", total: 2, executed: 2, passed: 2, exitCode: 134);

        var result = tree.Mnist("test");

        Assert.Equal(1, result.ExitCode);
        Assert.EndsWith("passed, 1 failed", LastLine(result), StringComparison.Ordinal);
    }

    [BashFact]
    public void No_test_at_all_is_no_success()
    {
        var result = tree.Mnist("test");

        Assert.Equal((1, "0 passed, 0 failed"), (result.ExitCode, LastLine(result)));
    }

    private void TestsOfAll(int total, int executed, int passed)
    {
        foreach (string file in Repository.Files("tests").Where(file => file.EndsWith(".csproj", StringComparison.Ordinal)))
            tree.TestsOf(Path.GetFileNameWithoutExtension(file), total, executed, passed);
    }

    private static string LastLine(LauncherResult result) => result.Output.TrimEnd('\n').Split('\n')[^1];
}
