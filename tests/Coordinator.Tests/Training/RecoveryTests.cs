using System.Text.RegularExpressions;
using MnistDistributed.Coordinator.Training;

namespace MnistDistributed.Coordinator.Tests.Training;

/// <summary>What follows from how a term ended.</summary>
public partial class RecoveryTests
{
    private const string Why = "It was so.";

    [Fact]
    public void After_a_parameter_server_that_is_lost_or_goes_the_next_term_opens()
    {
        Assert.Equal(new NextAction.OpenNextTerm(RunIncident.ServerLost, "The parameter server is lost; the run goes on from step 1234."),
            Recovery.After(new TermEnd.Lost(), 1234));
        Assert.Equal(
            new NextAction.OpenNextTerm(
                RunIncident.ServerHandedOver, "The silo of the parameter server goes; the run goes on elsewhere, from step 1234."),
            Recovery.After(new TermEnd.HandedOver(), 1234));
    }

    [Fact]
    public void What_is_done_or_stopped_is_finished_with_the_clusters_logits_or_without()
    {
        byte[] logits = [1, 2, 3, 4];
        Assert.Same(logits, Assert.IsType<NextAction.Finish>(Recovery.After(new TermEnd.Done(logits), 30)).Logits);
        Assert.Null(Assert.IsType<NextAction.Finish>(Recovery.After(new TermEnd.Stopped(), 30)).Logits);
    }

    [Fact]
    public void A_run_with_too_few_workers_is_saved_before_it_fails()
    {
        var fail = Fail(new TermEnd.TooFewWorkers(Why), 1234);
        Assert.IsType<QuorumException>(fail.Error);
        Assert.Equal("It was so. It is saved at step 1,234.", fail.Error.Message);
        Assert.True(fail.IsSavedFirst);
        Assert.True(fail.IsOurs);
    }

    [Fact]
    public void A_run_that_no_worker_can_take_part_in_fails_and_can_go_on_and_one_that_failed_cannot()
    {
        Assert.True(Assert.IsType<RunFailedException>(Fail(new TermEnd.Idle(Why)).Error).CanGoOn);
        Assert.False(Assert.IsType<RunFailedException>(Fail(new TermEnd.Failed(Why)).Error).CanGoOn);
        Assert.IsType<TimeoutException>(Fail(new TermEnd.Unreachable(Why)).Error);
    }

    [Fact]
    public void Nothing_of_a_run_that_is_anothers_is_ended()
    {
        foreach (var end in (TermEnd[])[new TermEnd.Idle(Why), new TermEnd.Failed(Why), new TermEnd.Unreachable(Why)])
            Assert.Equal((Why, true, false), (Fail(end).Error.Message, Fail(end).IsOurs, Fail(end).IsSavedFirst));
        Assert.Equal((Why, false, false), (Fail(new TermEnd.TakenOver(Why)).Error.Message, Fail(new TermEnd.TakenOver(Why)).IsOurs,
            Fail(new TermEnd.TakenOver(Why)).IsSavedFirst));
    }

    [Fact]
    public void The_documented_table_has_each_way_in_which_a_term_can_end()
    {
        string document = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "reliability.md"));
        var documented = Row().Matches(document).Select(row => row.Groups[1].Value);
        Assert.Equal(typeof(TermEnd).GetNestedTypes().Select(type => type.Name).Order(), documented.Order());
    }

    [GeneratedRegex(@"^\| \*(\w+)\* \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    private static NextAction.Fail Fail(TermEnd end, int step = 0) => Assert.IsType<NextAction.Fail>(Recovery.After(end, step));
}
