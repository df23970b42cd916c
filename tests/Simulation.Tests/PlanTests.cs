using FsCheck.Xunit;
using MnistDistributed.Simulation.Plans;
using MnistDistributed.Simulation.Tests.Plans;

namespace MnistDistributed.Simulation.Tests;

public class PlanTests
{
    [Property(MaxTest = 200, Arbitrary = [typeof(FaultPlanArbitrary)])]
    public void Whatever_happens_to_a_run_it_ends_with_the_same_bits_and_counts_every_sample_once(FaultPlan plan) => Subject.Bears(plan);

    [Theory]
    [InlineData("seed 192; silos 4; workers 8; order 228 kill-server; order 128 split-server 4s")]
    [InlineData("seed 1967637695; silos 1; workers 4; push 68 freeze-silo 1 9s; order 91 kill-silo 1 11s; push 55 not-a-number; epoch 1 "
        + "isolate-silo 3 7s; order 15 kill-worker 0")]
    [InlineData("seed 193; silos 1; workers 3; order 36 split-server 5s")]
    [InlineData("seed 197; silos 1; workers 8; order 194 stop-coordinator 3 10s 7w; epoch 1 kill-server; push 231 kill-directory; logits 1 "
        + "delay-reply 9s")]
    [InlineData("seed 1046503768; silos 1; workers 1; push 27 not-a-number; push 27 duplicate")]
    [InlineData("seed 1572881259; silos 1; workers 6; order 27 stop-coordinator 2 3s 5w; push 185 corrupt; order 56 split-server 10s; push "
        + "75 pause 2s; logits 3 isolate-silo 2 14s; epoch 1 duplicate")]
    [InlineData("seed 1572881408; silos 1; workers 1; push 26 split-server 10s; order 34 pause 9s; push 33 split-server 10s; push 35 "
        + "not-a-number; push 23 kill-coordinator 3 12s 6w; logits 1 scale 8w")]
    public void A_plan_that_once_failed_is_borne(string plan) => Subject.Bears(FaultPlan.Parse(plan));

    [Theory]
    [InlineData("seed 1; silos 1; workers 1")]
    [InlineData("seed 2; silos 3; workers 8")]
    [InlineData("seed 10; silos 2; workers 6; order 196 hang-worker 0 2s; snapshot 6 split-server 14s; snapshot 1 freeze-silo 2 6s")]
    [InlineData("seed 17; silos 2; workers 4; push 18 delay 3s; order 29 kill-silo 3 5s; order 27 kill-server; order 90 kill-coordinator 3 "
        + "6s 5w; push 120 corrupt")]
    public void A_plan_is_replayed_event_for_event(string text)
    {
        var plan = FaultPlan.Parse(text);

        var (first, second) = (Subject.Bears(plan), Subject.Bears(plan));

        Assert.Equal(first.Trace, second.Trace);
        Assert.Equal(first.Time, second.Time);
        Assert.Equal(first.Notes, second.Notes);
    }

    [Fact]
    public void Another_seed_is_another_run_to_the_same_bits()
    {
        var first = Subject.BearsAll("seed 1; silos 2; workers 3; push 10 drop");
        var second = Subject.BearsAll("seed 2; silos 2; workers 3; push 10 drop");

        Assert.NotEqual(first.Trace, second.Trace);
    }
}
