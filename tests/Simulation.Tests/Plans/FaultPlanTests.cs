using FsCheck.Xunit;
using MnistDistributed.Simulation.Plans;

namespace MnistDistributed.Simulation.Tests.Plans;

public class FaultPlanTests
{
    [Property(MaxTest = 500, Arbitrary = [typeof(FaultPlanArbitrary)])]
    public void A_plan_is_read_as_it_was_written(FaultPlan plan)
    {
        var read = FaultPlan.Parse(plan.ToString());

        Assert.Equal((plan.Seed, plan.Silos, plan.Workers), (read.Seed, read.Silos, read.Workers));
        Assert.Equal(plan.Faults, read.Faults);
    }

    [Fact]
    public void What_a_plan_does_not_say_is_one_run_of_three_workers_on_two_silos()
    {
        var plan = FaultPlan.Parse("push 3 corrupt; order 7 kill-silo 1 10s");

        Assert.Equal("seed 1; silos 2; workers 3; push 3 corrupt; order 7 kill-silo 1 10s", plan.ToString());
    }

    [Theory]
    [InlineData("push 3 explode", "There is no fault 'explode'")]
    [InlineData("dinner 3 corrupt", "There is no event 'dinner'; there are order, push,")]
    [InlineData("push 0 corrupt", "'0' should be from 1 to 1000000")]
    [InlineData("push corrupt", "'push corrupt' is no fault")]
    [InlineData("order 3 not-a-number", "not-a-number cannot strike at order")]
    [InlineData("order 3 kill-silo 1", "kill-silo takes a number of seconds")]
    [InlineData("order 3 kill-silo 10s", "kill-silo takes a number, such as 1")]
    [InlineData("order 3 kill-silo 1 10s 4w", "kill-silo does not take 4w")]
    [InlineData("order 3 freeze-silo 1 16s", "'16s' should be from 1s to 15s")]
    [InlineData("order 3 scale 0w", "'0w' should be from 1w to 64w")]
    [InlineData("silos 0", "'0' should be a number from 1 to 16")]
    [InlineData("seed -1", "'-1' should be a number from 0")]
    public void What_is_no_plan_is_refused_with_what_would_be_one(string text, string problem)
    {
        var error = Assert.Throws<FormatException>(() => FaultPlan.Parse(text));

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_seed_is_always_the_same_plan() => Assert.Equal(
        "seed 42; silos 3; workers 7; logits 1 slow-worker 3 14s; logits 1 duplicate; order 244 slow-worker 0 12s",
        FaultPlans.Random(42, 36).ToString());

    [Fact]
    public void Random_plans_have_every_kind_of_fault_and_every_event()
    {
        var faults = Enumerable.Range(0, 1000).SelectMany(seed => FaultPlans.Random((ulong)seed, 36).Faults).ToList();

        Assert.Equal(Enum.GetValues<FaultKind>(), faults.Select(fault => fault.Kind).Distinct().Order());
        Assert.Equal(Enum.GetValues<ProtocolEvent>(), faults.Select(fault => fault.Event).Distinct().Order());
    }
}
