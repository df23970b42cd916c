using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Silo.Tests.Processes;

namespace MnistDistributed.Silo.Tests;

/// <summary>Silo processes over Redis and a coordinator: whatever becomes of them, the weights are those of one process.</summary>
public sealed class RedisClusterTests(RedisCluster cluster, ITestOutputHelper output) : IClassFixture<RedisCluster>
{
    [Fact]
    public async Task Three_silo_processes_give_the_weights_of_one_process()
    {
        var silos = await cluster.Have(3);
        await using var held = await Hold();
        foreach (var silo in silos)
            await SiloGroup.Until(silo, report => report.Workers.Contains($"{held.Run}/{silo.Name}/0"));
        held.LetGo();
        await AssertSameWeights(held.Train);
        Assert.Empty(held.Train.Error);
        foreach (var silo in silos)
            await SiloGroup.Until(silo, report => report.Workers.Count + report.ParameterServers.Count == 0);
    }

    [Fact]
    public async Task A_silo_whose_parameter_server_is_killed_with_it_is_made_up_for_from_the_last_checkpoint()
    {
        await cluster.Have(3);
        await using var held = await Hold();
        await held.LetGoBy(8);
        long killed = Stopwatch.GetTimestamp();
        held.Server.Process.Signal("KILL");
        await held.Train.Line("The parameter server is lost");
        output.WriteLine($"The coordinator knew {Stopwatch.GetElapsedTime(killed).TotalSeconds:F1} s after the kill.");

        await AssertSameWeights(held.Train);
        // Steps were done twice, and to the same bits.
        var heir = cluster.Silos.LastServerOf(held.Run);
        Assert.NotSame(held.Server, heir);
        int step = LastNumber(heir.Process.Said, @$"Run {held.Run}: term \d+ is open at step (\d+)");
        Assert.InRange(step, held.Rest, ClusterWorkspace.AllSteps - 1);
        Assert.Contains($"The parameter server is lost; the run goes on from step {step}.", held.Train.Output);
        await AssertSteps(heir, held, ClusterWorkspace.AllSteps - step);
    }

    [Fact]
    public async Task A_silo_of_workers_that_is_killed_is_made_up_for_by_the_others()
    {
        await cluster.Have(3);
        await using var held = await Hold();
        long killed = Stopwatch.GetTimestamp();
        Other(held.Server).Process.Signal("KILL");
        await held.LetGoBy(3);
        output.WriteLine($"The run went on {Stopwatch.GetElapsedTime(killed).TotalSeconds:F1} s after the kill.");

        await AssertSameWeights(held.Train);
        await AssertSteps(held.Server, held, ClusterWorkspace.AllSteps);
    }

    [Fact]
    public async Task A_silo_that_is_told_to_end_hands_its_parameter_server_over_and_no_step_is_done_twice()
    {
        await cluster.Have(3);
        await using var held = await Hold();
        var leaving = held.Server;
        // Without its coordinator the silo has to wait with what it holds, long enough to be looked at.
        leaving.Process.Signal("TERM");
        await SiloGroup.Until(leaving, report => report.State == SiloState.Draining);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Draining"), await leaving.Get("health/ready"));
        held.LetGo();

        Assert.Equal(0, await leaving.Process.End());
        await AssertSameWeights(held.Train);
        AssertDrained(leaving);
        var heir = cluster.Silos.LastServerOf(held.Run);
        int step = LastNumber(leaving.Process.Said, @$"Run {held.Run}: term \d+ is handed over at step (\d+)");
        Assert.InRange(step, held.Rest, ClusterWorkspace.AllSteps - 1);
        Assert.Equal(step, LastNumber(heir.Process.Said, @$"Run {held.Run}: term \d+ is open at step (\d+)"));
        Assert.Contains($"The silo of the parameter server goes; the run goes on elsewhere, from step {step}.", held.Train.Output);
        await AssertSteps(heir, held, ClusterWorkspace.AllSteps - step);
    }

    [Fact]
    public async Task A_silo_of_workers_that_is_told_to_end_gives_their_slots_to_the_others()
    {
        await cluster.Have(3);
        await using var held = await Hold();
        var leaving = Other(held.Server);
        await held.LetGoBy(8);
        leaving.Process.Signal("TERM");

        Assert.Equal(0, await leaving.Process.End());
        await AssertSameWeights(held.Train);
        AssertDrained(leaving);
        await AssertSteps(held.Server, held, ClusterWorkspace.AllSteps);
    }

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("KILL", 137)]
    public async Task A_coordinator_that_is_ended_resumes_on_the_cluster_and_in_process_to_the_same_weights(string signal, int code)
    {
        await cluster.Have(3);
        await using var held = await Hold();
        held.Train.Signal(signal);
        if (held.Train.IsRunning)
            held.LetGo();
        Assert.Equal(code, await held.Train.End());
        if (signal == "TERM")
        {
            Assert.Matches(
                $@"^Stopped after step \d+ of {ClusterWorkspace.AllSteps}; a checkpoint is written\. "
                + $@"Go on with: \./mnist train --resume runs/{held.Run} --data data$",
                held.Train.Output[^1]);
        }

        string copy = held.Run + "-copy";
        cluster.Workspace.CopyRun(held.Run, copy);

        await using var onCluster = cluster.Workspace.Resume(held.Run, "--redis", cluster.Redis);
        await AssertSameWeights(onCluster);
        // What only the parameter server of the killed one had is not done again.
        int step = signal == "TERM" ? LastNumber(onCluster.Said, @"from step (\d+),") : held.Rest;
        Assert.InRange(step, held.Rest, ClusterWorkspace.AllSteps - 1);
        Assert.Matches($@"Run {held.Run}: term [2-9] is open at step {step}\b", cluster.Silos.Said);
        await using var inProcess = cluster.Workspace.Resume(copy, "--workers", "2");
        await AssertSameWeights(inProcess);
    }

    [Fact]
    public async Task A_silo_of_workers_that_sleeps_past_its_lease_and_wakes_changes_nothing()
    {
        await cluster.Have(3);
        await using var held = await Hold();
        var sleeper = Other(held.Server);
        sleeper.Process.Signal("STOP");
        // Not a step goes by without its slots, so that the run goes on shows that its lease ran out.
        await held.LetGoBy(3);
        sleeper.Process.Signal("CONT");

        await AssertSameWeights(held.Train);
        await AssertSteps(held.Server, held, ClusterWorkspace.AllSteps);
    }

    [Fact]
    public async Task A_silo_with_another_data_set_is_refused_and_the_others_go_on()
    {
        await cluster.Have(2);
        await using var stranger = cluster.Add("other");
        await cluster.Silos.Ready();
        await using var train = cluster.Train();
        string run = await ClusterWorkspace.RunOf(train);
        await AssertSameWeights(train);
        string refusal = $"Worker {run}/{stranger.Name}/0 has data digest {cluster.Workspace.Digest("other")}, the run has "
            + $"{cluster.Workspace.Digest("data")}.";
        Assert.Contains(refusal, train.Output);
        Assert.Contains($"The run refused this silo's worker: {refusal}", stranger.Process.Said, StringComparison.Ordinal);
        stranger.Process.Signal("TERM");
        Assert.Equal(0, await stranger.Process.End());
    }

    [Fact]
    public async Task A_run_whose_data_set_no_silo_has_fails_and_says_so()
    {
        await cluster.Have(2);
        await using var train = cluster.Train("--data", "other");
        Assert.Equal(1, await train.End());
        string error = Assert.Single(train.Error);
        Assert.Contains($"has data digest {cluster.Workspace.Digest("data")}, the run has {cluster.Workspace.Digest("other")}.", error,
            StringComparison.Ordinal);
    }

    private Task<HeldRun> Hold() => HeldRun.Start(cluster.Silos, () => cluster.Train());

    private TestSilo Other(TestSilo server) => cluster.Silos.Alive.First(silo => silo != server);

    private async Task AssertSameWeights(ProgramProcess train)
    {
        string expected = await ClusterWorkspace.Reference;
        string weights = await cluster.Workspace.Weights(train);
        Assert.True(expected == weights, $"The weights are {weights} and should be {expected}.\n{train.Said}\n\n{cluster.Silos.Said}");
        Assert.All(cluster.Silos.Alive, silo => silo.AssertLog());
    }

    private static void AssertDrained(TestSilo silo)
    {
        silo.AssertLog();
        Assert.Empty(silo.Process.Error);
        Assert.Contains("was told to end: it hands over and goes", silo.Process.Said, StringComparison.Ordinal);
        Assert.False(silo.Process.Said.Contains("could not hand over", StringComparison.Ordinal), silo.Process.Said);
    }

    /// <summary>
    /// Holds a parameter server to have done so many steps: those before it and those after it are others', and none is done twice.
    /// </summary>
    private async Task AssertSteps(TestSilo server, HeldRun held, int expected)
    {
        int steps = await server.Steps(held.Run);
        Assert.True(expected == steps,
            $"{server.Name} did {steps} steps and should have done {expected}.\n{held.Train.Said}\n\n{cluster.Silos.Said}");
    }

    private static int LastNumber(string text, string pattern)
    {
        var matches = Regex.Matches(text, pattern);
        Assert.True(matches.Count > 0, $"'{pattern}' is not in:\n{text}");
        return int.Parse(matches[^1].Groups[1].Value, CultureInfo.InvariantCulture);
    }
}
