using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Silo.Tests.Processes;
using Xunit.Abstractions;

namespace MnistDistributed.Silo.Tests;

/// <summary>Silo processes over Redis and a coordinator: whatever becomes of them, the weights are those of one process.</summary>
public sealed class RedisClusterTests(RedisCluster cluster, ITestOutputHelper output) : IClassFixture<RedisCluster>
{
    /// <summary>In the second epoch, some steps after the first epoch's checkpoint.</summary>
    private const int MidEpoch = Workspace.EpochSteps + 10;

    [RedisFact]
    public async Task Three_silo_processes_give_the_weights_of_one_process()
    {
        var silos = await cluster.Have(3);
        await using var train = cluster.Train();
        string run = await Workspace.RunOf(train);
        foreach (var silo in silos)
            await SiloGroup.Until(silo, report => report.Workers.Contains($"{run}/{silo.Name}/0"));
        await AssertSameWeights(train);
        Assert.Empty(train.Error);
        foreach (var silo in silos)
            await SiloGroup.Until(silo, report => report.Workers.Count + report.ParameterServers.Count == 0);
    }

    [RedisTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_silo_that_is_killed_is_made_up_for(bool holdsTheParameterServer)
    {
        var silos = await cluster.Have(3);
        await using var train = cluster.Train();
        string run = await Workspace.RunOf(train);
        var server = await cluster.Silos.ServerAt(run, MidEpoch);
        var victim = holdsTheParameterServer ? server : silos.First(silo => silo != server);
        long killed = Stopwatch.GetTimestamp();
        victim.Process.Signal("KILL");
        var heir = await cluster.Silos.ServerAt(run, 0);
        if (!holdsTheParameterServer)
            await SiloGroup.StepsAt(server, run, await server.Steps(run) + 3);
        output.WriteLine($"{(holdsTheParameterServer ? "The next term opened" : "The run went on")} {Stopwatch.GetElapsedTime(killed).TotalSeconds:F1} s after the kill.");

        await AssertSameWeights(train);
        Assert.NotSame(victim, heir);
        if (!holdsTheParameterServer)
        {
            await AssertSteps(server, run, Workspace.AllSteps, train);
            return;
        }

        // From the checkpoint, so that steps were done twice, and to the same bits.
        int step = LastNumber(heir.Process.Said, @$"Run {run}: term \d+ is open at step (\d+)");
        Assert.InRange(step, Workspace.EpochSteps, Workspace.AllSteps - 1);
        Assert.Contains($"The parameter server is lost; the run goes on from step {step}.", train.Said, StringComparison.Ordinal);
        await AssertSteps(heir, run, Workspace.AllSteps - step, train);
    }

    [RedisFact]
    public async Task A_silo_that_is_told_to_end_hands_its_parameter_server_over_and_no_step_is_done_twice()
    {
        await cluster.Have(3);
        await using var train = cluster.Train();
        string run = await Workspace.RunOf(train);
        var leaving = await cluster.Silos.ServerAt(run, MidEpoch);
        // Without its coordinator the silo has to wait with what it holds, long enough to be looked at.
        train.Signal("STOP");
        leaving.Process.Signal("TERM");
        await SiloGroup.Until(leaving, report => report.State == SiloState.Draining);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Draining"), await leaving.Get("health/ready"));
        Assert.Equal((HttpStatusCode.OK, "live"), await leaving.Get("health/live"));
        train.Signal("CONT");

        Assert.Equal(0, await leaving.Process.End());
        var heir = await cluster.Silos.ServerAt(run, 0);
        await AssertSameWeights(train);
        AssertDrained(leaving);
        int step = LastNumber(leaving.Process.Said, @$"Run {run}: term \d+ is handed over at step (\d+)");
        Assert.InRange(step, MidEpoch, Workspace.AllSteps - 1);
        Assert.Equal(step, LastNumber(heir.Process.Said, @$"Run {run}: term \d+ is open at step (\d+)"));
        Assert.Contains($"the run goes on elsewhere, from step {step}.", train.Said, StringComparison.Ordinal);
        await AssertSteps(heir, run, Workspace.AllSteps - step, train);
    }

    [RedisFact]
    public async Task A_silo_of_workers_that_is_told_to_end_gives_their_slots_to_the_others()
    {
        var silos = await cluster.Have(3);
        await using var train = cluster.Train();
        string run = await Workspace.RunOf(train);
        var server = await cluster.Silos.ServerAt(run, MidEpoch);
        var leaving = silos.First(silo => silo != server);
        leaving.Process.Signal("TERM");

        Assert.Equal(0, await leaving.Process.End());
        await AssertSameWeights(train);
        AssertDrained(leaving);
        await AssertSteps(server, run, Workspace.AllSteps, train);
    }

    [RedisTheory]
    [InlineData("TERM", 130)]
    [InlineData("KILL", 137)]
    public async Task A_coordinator_that_is_ended_resumes_on_the_cluster_and_in_process_to_the_same_weights(string signal, int code)
    {
        await cluster.Have(3);
        await using var train = cluster.Train();
        string run = await Workspace.RunOf(train);
        await cluster.Silos.ServerAt(run, MidEpoch);
        train.Signal(signal);
        Assert.Equal(code, await train.End());
        if (signal == "TERM")
            Assert.Contains($"Stopped; a checkpoint is written. Go on with: ./mnist train --resume runs/{run} --data data", train.Said, StringComparison.Ordinal);
        string copy = run + "-copy";
        cluster.Workspace.CopyRun(run, copy);

        await using var onCluster = cluster.Workspace.Resume(run, "--redis", cluster.Redis);
        await AssertSameWeights(onCluster);
        int step = LastNumber(onCluster.Said, @"from step (\d+),");
        Assert.InRange(step, signal == "TERM" ? MidEpoch : Workspace.EpochSteps, Workspace.AllSteps - 1);
        Assert.Matches($@"Run {run}: term [2-9] is open at step {step}\b", cluster.Silos.Said);
        await using var inProcess = cluster.Workspace.Resume(copy, "--workers", "2");
        await AssertSameWeights(inProcess);
    }

    [RedisFact]
    public async Task A_silo_of_workers_that_sleeps_past_its_lease_and_wakes_changes_nothing()
    {
        var silos = await cluster.Have(3);
        await using var train = cluster.Train();
        string run = await Workspace.RunOf(train);
        var server = await cluster.Silos.ServerAt(run, MidEpoch);
        var sleeper = silos.First(silo => silo != server);
        sleeper.Process.Signal("STOP");
        // Not a step goes by without its slots, so that the run goes on shows that its lease ran out; one step may have been complete already.
        int step = await server.Steps(run);
        await SiloGroup.StepsAt(server, run, step + 3);
        sleeper.Process.Signal("CONT");

        await AssertSameWeights(train);
        await AssertSteps(server, run, Workspace.AllSteps, train);
    }

    [RedisFact]
    public async Task A_silo_with_another_data_set_is_refused_and_the_others_go_on()
    {
        await cluster.Have(2);
        await using var stranger = cluster.Add("other");
        await cluster.Silos.Ready();
        await using var train = cluster.Train();
        string run = await Workspace.RunOf(train);
        await AssertSameWeights(train);
        string refusal = $"Worker {run}/{stranger.Name}/0 has data digest {cluster.Workspace.Digest("other")}, the run has {cluster.Workspace.Digest("data")}.";
        Assert.Contains(refusal, train.Output);
        Assert.Contains($"The run refused this silo's worker: {refusal}", stranger.Process.Said, StringComparison.Ordinal);
        stranger.Process.Signal("TERM");
        Assert.Equal(0, await stranger.Process.End());
    }

    [RedisFact]
    public async Task A_run_whose_data_set_no_silo_has_fails_and_says_so()
    {
        await cluster.Have(2);
        await using var train = cluster.Train("--data", "other");
        Assert.Equal(1, await train.End());
        string error = Assert.Single(train.Error);
        Assert.Contains($"has data digest {cluster.Workspace.Digest("data")}, the run has {cluster.Workspace.Digest("other")}.", error, StringComparison.Ordinal);
    }

    private async Task AssertSameWeights(ProgramProcess train)
    {
        string expected = await Workspace.Reference;
        string weights = await cluster.Workspace.Weights(train);
        Assert.True(expected == weights, $"The weights are {weights} and should be {expected}.\n{train.Said}\n\n{cluster.Silos.Said}");
        Assert.All(cluster.Silos.Alive, silo => silo.AssertLog());
    }

    private static void AssertDrained(TestSilo silo)
    {
        silo.AssertLog();
        Assert.Empty(silo.Process.Error);
        Assert.Contains("was told to end: it hands over and goes", silo.Process.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("could not hand over", silo.Process.Said, StringComparison.Ordinal);
    }

    /// <summary>Holds a parameter server to have done so many steps: those before it and those after it are others', and none is done twice.</summary>
    private async Task AssertSteps(TestSilo server, string run, int expected, ProgramProcess train)
    {
        int steps = await server.Steps(run);
        Assert.True(expected == steps, $"{server.Name} did {steps} steps and should have done {expected}.\n{train.Said}\n\n{cluster.Silos.Said}");
    }

    private static int LastNumber(string text, string pattern)
    {
        var matches = Regex.Matches(text, pattern);
        Assert.True(matches.Count > 0, $"'{pattern}' is not in:\n{text}");
        return int.Parse(matches[^1].Groups[1].Value, CultureInfo.InvariantCulture);
    }
}
