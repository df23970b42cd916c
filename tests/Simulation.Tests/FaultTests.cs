using System.Globalization;
using System.Text.RegularExpressions;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Simulation.Audit;
using MnistDistributed.Simulation.Cluster;
using MnistDistributed.Simulation.Plans;

namespace MnistDistributed.Simulation.Tests;

/// <summary>Each kind of fault really does what it says, and the run bears it.</summary>
public class FaultTests
{
    private const string Cluster = "seed 1; silos 2; workers 3; ";

    [Fact]
    public void A_lost_worker_s_work_is_ordered_again_and_another_takes_its_place()
    {
        var result = Subject.BearsAll(Cluster + "push 10 kill-worker 0");

        Assert.True(Sum(result, status => status.Counters.RepeatedOrders) > 0);
        Assert.Equal(4, Served(result, "Join").Count(line => line.EndsWith(" joined", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_worker_that_hangs_is_made_up_for_and_is_not_heard_when_it_comes_back()
    {
        var result = Subject.BearsAll(Cluster + "push 12 hang-worker 0 15s");

        Assert.True(Sum(result, status => status.Counters.RepeatedOrders) > 0);
        Assert.True(Sum(result, status => status.Counters.StalePushes) > 0);
    }

    [Fact]
    public void A_worker_that_grows_slow_is_overtaken()
    {
        var result = Subject.BearsAll(Cluster + "push 60 slow-worker 0 15s");

        Assert.True(Sum(result, status => status.Counters.SpeculativeOrders) > 0);
        Assert.True(Sum(result, status => status.Counters.SpeculativeWins) > 0);
    }

    [Fact]
    public void With_the_only_silo_the_parameter_server_is_lost_and_the_next_term_opens_when_it_is_back()
    {
        var result = Subject.BearsAll("seed 1; silos 1; workers 3; push 20 kill-silo 0 5s");

        Assert.Equal(2, result.Terms);
        Assert.Contains(result.Notes, note => note.StartsWith("The parameter server is lost", StringComparison.Ordinal));
        Assert.True(result.Strikes[0].NextStep > TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void A_silo_that_stands_still_comes_back_from_the_dead_and_its_parameter_server_is_not_believed()
    {
        // One of the two holds the parameter server.
        var results = new[]
            { 0, 1 }.Select(silo => Subject.BearsAll($"seed 1; silos 2; workers 4; push 20 freeze-silo {silo} 8s")).ToList();

        var lost = Assert.Single(results, result => result.Terms == 2);
        Assert.Equal(2, Servers(lost, "Push", after: lost.Strikes[0].At!.Value.TotalSeconds + 8).Count());
    }

    [Theory]
    [InlineData(1, "1s")]
    [InlineData(3, "2s")]
    public void A_silo_that_stands_still_for_a_moment_only_holds_the_run_up(int silos, string time)
    {
        // One of them holds the parameter server.
        var results = Enumerable.Range(0, silos)
            .Select(silo => Subject.BearsAll($"seed 1; silos {silos}; workers 3; push 20 freeze-silo {silo} {time}")).ToList();

        Assert.All(results, result => Assert.Equal(1, result.Terms));
        var held = results.MaxBy(result => result.Strikes[0].NextStep)!;
        Assert.True(held.Strikes[0].NextStep >= TimeSpan.FromSeconds(1));
        Assert.Equal(silos > 1, Served(held, "IsDead").Any());
        Assert.All(Served(held, "IsDead"), line => Assert.EndsWith(" False", line, StringComparison.Ordinal));
    }

    [Fact]
    public void A_silo_whose_process_is_gone_is_found_dead_before_the_probes_could_notice()
    {
        // One of the three holds the parameter server.
        var results = Enumerable.Range(0, 3).Select(silo => Subject.BearsAll($"seed 1; silos 3; workers 3; push 60 kill-silo {silo} 15s"));

        var lost = Assert.Single(results, result => result.Terms == 2);
        string found = Served(lost, "IsDead").First(line => line.EndsWith(" True", StringComparison.Ordinal));
        var noticed = TimeSpan.FromSeconds(double.Parse(found.Split(' ')[0], CultureInfo.InvariantCulture)) - lost.Strikes[0].At!.Value;
        Assert.True(noticed < SimulatedCluster.SoonestNotice, $"It took {noticed.TotalSeconds:F2} s.");
    }

    [Fact]
    public void An_isolated_silo_goes_on_by_itself_and_leads_to_nothing()
    {
        // One of the two holds the parameter server.
        var results = new[]
            { 0, 1 }.Select(silo => Subject.BearsAll($"seed 3; silos 2; workers 4; push 20 isolate-silo {silo} 15s")).ToList();

        Assert.Contains(results, result => result.Terms == 1 && Sum(result, status => status.Counters.RepeatedOrders) > 0);
        Assert.Contains(results, result => result.Terms == 2 && Servers(result, "Push", after: 1).Count() == 2);
    }

    [Fact]
    public void A_silo_that_is_told_to_end_hands_its_parameter_server_over()
    {
        var results = new[] { 0, 1 }.Select(silo => Subject.BearsAll(Cluster + $"push 20 drain-silo {silo} 5s")).ToList();

        var handedOver = Assert.Single(results, result => result.Terms == 2);
        Assert.Contains(handedOver.Notes, note => note.StartsWith("The silo of the parameter server goes", StringComparison.Ordinal));
        Assert.All(results, result =>
            Assert.Contains(Served(result, "Leave"), line => line.Contains("IDirectoryGrain", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_silo_that_joins_takes_part()
    {
        var result = Subject.BearsAll(Cluster + "push 10 add-silo");

        Assert.Contains(Served(result, "Push"), line => line.Contains("/silo-2/", StringComparison.Ordinal));
    }

    [Fact]
    public void A_push_that_comes_late_is_made_up_for() =>
        Assert.True(Sum(Subject.BearsAll(Cluster + "push 60 delay 3s"), status => status.Counters.StalePushes) > 0);

    [Fact]
    public void A_push_that_is_lost_is_ordered_again() =>
        Assert.True(Sum(Subject.BearsAll(Cluster + "push 60 drop"), status => status.Counters.RepeatedOrders) > 0);

    [Fact]
    public void An_order_that_is_lost_is_given_again() =>
        Assert.True(Sum(Subject.BearsAll(Cluster + "order 60 drop"), status => status.Counters.RepeatedOrders) > 0);

    [Fact]
    public void A_push_that_comes_twice_counts_once()
    {
        var result = Subject.BearsAll(Cluster + "push 20 duplicate");

        Assert.Single(Served(result, "Push").Select(line => Regex.Match(line, @"\((.*)\)").Value).GroupBy(push => push), push =>
            push.Count() == 2);
    }

    [Fact]
    public void A_push_is_overtaken()
    {
        var (result, undisturbed) = (Subject.BearsAll(Cluster + "push 20 reorder"), Subject.BearsAll(Cluster));

        Assert.NotEqual(undisturbed.Trace, result.Trace.Where(line => !line.Contains(" * ", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("push 20 corrupt")]
    [InlineData("push 20 not-a-number")]
    public void Bad_numbers_are_refused_and_the_worker_and_the_step_are_named(string fault)
    {
        var result = Subject.BearsAll(Cluster + fault);

        Assert.Equal(1, Sum(result, status => status.Counters.RejectedPushes));
        string incident = Assert.Single(result.Statuses.SelectMany(status => status.Incidents));
        Assert.Matches(@"/silo-\d/\d.*step \d+", incident);
    }

    [Fact]
    public void Weights_that_were_damaged_on_their_way_are_asked_for_again()
    {
        var result = Subject.BearsAll(Cluster + "order 20 corrupt");

        Assert.Equal(Served(Subject.BearsAll(Cluster), "Next").Count(HasWeights) + 1, Served(result, "Next").Count(HasWeights));

        static bool HasWeights(string line) => line.EndsWith(" weights", StringComparison.Ordinal);
    }

    [Fact]
    public void A_state_that_was_damaged_on_its_way_is_not_kept()
    {
        var result = Subject.BearsAll(Cluster + "snapshot 1 corrupt; push 50 kill-server");

        Assert.Equal(2, result.Terms);
        Assert.True(Served(result, "Snapshot").Count() > 1);
    }

    [Fact]
    public void A_state_that_is_damaged_on_its_way_into_a_term_costs_that_term()
    {
        var result = Subject.BearsAll(Cluster + "open 1 corrupt; push 50 kill-server; open 3 corrupt");

        Assert.Equal(2, result.Terms);
        Assert.Contains("try again", Served(result, "Open").First(), StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_that_stay_bad_fail_the_run_with_worker_and_step()
    {
        var plan = FaultPlan.Parse("seed 1; silos 1; workers 1; push 20 not-a-number; push 21 not-a-number; push 22 not-a-number");

        var result = SimulatedRun.Of(plan, SimulationSubject.Small);

        Assert.Empty(result.Weights);
        Assert.Matches(@"^Worker .*/silo-0/0 computed, 3 times .* of step 19: the training has diverged", Assert.Single(result.Problems));
    }

    [Fact]
    public void Bad_logits_are_refused()
    {
        var result = Subject.BearsAll(Cluster + "logits 1 corrupt");

        Assert.Contains(Served(result, "PushLogits"), line => !line.EndsWith(" Accepted", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("push 20 drop-reply")]
    [InlineData("push 20 delay-reply 12s")]
    public void A_worker_whose_answer_is_lost_gives_up_its_session_and_joins_again(string fault) =>
        Assert.Equal(2, Served(Subject.BearsAll("seed 1; silos 1; workers 1; " + fault), "Join").Count(line =>
            line.EndsWith(" joined", StringComparison.Ordinal)));

    [Fact]
    public void A_lost_parameter_server_is_followed_by_the_next_term_from_the_last_snapshot()
    {
        var result = Subject.BearsAll(Cluster + "push 50 kill-server");

        Assert.Equal(2, result.Terms);
        Assert.Contains(result.Notes, note => note.StartsWith("The parameter server is lost", StringComparison.Ordinal));
        Assert.True(result.Strikes[0].Recovered > result.Strikes[0].NextStep);
    }

    [Fact]
    public void A_parameter_server_and_its_successor_never_mix()
    {
        var result = Subject.BearsAll("seed 1; silos 2; workers 6; push 60 split-server 15s");

        Assert.True(result.Terms > 1);
        double struck = result.Strikes[0].At!.Value.TotalSeconds;
        var servers = Servers(result, "Push", struck).ToList();
        Assert.Equal(2, servers.Count);
        Assert.All(servers, server => Assert.True(server.Count() > 5, $"{server.Key} got {server.Count()} pushes"));
    }

    [Theory]
    [InlineData("open 1 delay 2s")]
    [InlineData("open 1 drop")]
    [InlineData("open 1 drop-reply")]
    [InlineData("snapshot 1 drop")]
    [InlineData("snapshot 1 delay 5s")]
    [InlineData("epoch 1 drop")]
    [InlineData("epoch 1 duplicate")]
    [InlineData("epoch 1 delay-reply 6s")]
    [InlineData("logits 1 drop")]
    [InlineData("logits 2 duplicate")]
    public void What_the_coordinator_and_the_evaluation_lose_is_asked_for_again(string fault) => Subject.BearsAll(Cluster + fault);

    [Fact]
    public void A_lost_directory_is_made_up_for()
    {
        var result = Subject.BearsAll(Cluster + "push 20 kill-directory");

        Assert.Equal(2,
            result.Trace.Select(line => Regex.Match(line, @"IDirectoryGrain#\d+").Value).Where(name => name.Length > 0).Distinct().Count());
    }

    [Fact]
    public void A_lost_coordinator_is_followed_by_another_on_the_same_cluster_and_no_step_is_lost()
    {
        var result = Subject.BearsAll(Cluster + "push 60 kill-coordinator 0 2s 5w");

        Assert.Equal(2, result.Terms);
        Assert.Contains(result.Notes, note =>
            note.StartsWith("The parameter server of the run's last coordinator still lives", StringComparison.Ordinal));
        Assert.Equal(5, result.Statuses[^1].Workers);
    }

    [Fact]
    public void A_run_is_resumed_on_another_cluster_with_other_workers()
    {
        var result = Subject.BearsAll(Cluster + "push 60 kill-coordinator 3 10s 7w");

        Assert.Equal(2, result.Terms);
        Assert.Equal(7, result.Statuses[^1].Workers);
        Assert.Contains(Served(result, "Push"), line => line.Contains("/silo-4/", StringComparison.Ordinal));
    }

    [Fact]
    public void A_damaged_checkpoint_is_passed_over_and_named()
    {
        var result = Subject.BearsAll(Cluster + "push 90 damage-checkpoint 2 5s 3w");

        Assert.Contains(result.Notes, note => note.Contains(".safetensors", StringComparison.Ordinal));
        Assert.Equal(2, result.Terms);
    }

    [Fact]
    public void A_run_that_is_stopped_is_resumed()
    {
        var result = Subject.BearsAll(Cluster + "push 60 stop-coordinator 1 5s 2w");

        Assert.Contains(result.Notes, note => note.StartsWith("Stopping after the step in progress", StringComparison.Ordinal));
        Assert.Equal(2, result.Terms);
    }

    [Fact]
    public void A_run_is_scaled()
    {
        var result = Subject.BearsAll(Cluster + "push 20 scale 7w");

        Assert.Equal(7, result.Statuses.Max(status => status.Workers));
        Assert.Equal(1, result.Terms);
    }

    [Fact]
    public void A_run_is_paused_and_goes_on()
    {
        var result = Subject.BearsAll(Cluster + "push 20 pause 10s");

        Assert.Contains(result.Notes, note => note.StartsWith("Paused at step", StringComparison.Ordinal));
        Assert.Contains("The run goes on.", result.Notes);
        Assert.True(result.Time > TimeSpan.FromSeconds(10));
    }

    private static int Sum(SimulationResult result, Func<TermStatus, int> of) => result.Statuses.Sum(of);

    private static IEnumerable<string> Served(SimulationResult result, string method) =>
        result.Trace.Where(line => line.Contains($".{method}(", StringComparison.Ordinal));

    /// <summary>The parameter servers that were called, each with its calls.</summary>
    private static IEnumerable<IGrouping<string, string>> Servers(SimulationResult result, string method, double after) =>
        Served(result, method).Where(line =>
            double.Parse(line[..line.IndexOf(' ', StringComparison.Ordinal)], CultureInfo.InvariantCulture) > after)
            .GroupBy(line => Regex.Match(line, @"IParameterServerGrain#\d+").Value);
}
