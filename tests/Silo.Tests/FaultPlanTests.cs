using MnistDistributed.Silo.Tests.Processes;

namespace MnistDistributed.Silo.Tests;

/// <summary>
/// Plans of signals on three silo processes and a coordinator, mostly in mid-epoch. What is killed or told to end is made up for by another
/// process; what is stopped goes on once the others have done without it.
/// </summary>
public sealed class FaultPlanTests(RedisCluster cluster, ITestOutputHelper output) : IClassFixture<RedisCluster>
{
    // EPOCH+STEPS SIGNAL TARGET: so many steps after the end of an epoch, a signal to the silo of the parameter server, to one of
    // workers only, or to the coordinator.
    [Theory]
    [InlineData("1+5 KILL server, 4+10 KILL worker, 7+3 KILL coordinator")]
    [InlineData("1+3 STOP worker, 4+5 STOP server, 7+5 KILL worker")]
    [InlineData("1+0 TERM server, 4+5 KILL coordinator, 7+8 STOP worker")]
    [InlineData("1+8 STOP coordinator, 4+0 KILL server, 7+10 TERM worker")]
    [InlineData("1+2 STOP server, 4+4 KILL coordinator, 7+6 KILL server")]
    [InlineData("1+1 KILL worker, 4+2 KILL server, 7+6 TERM coordinator")]
    public async Task Whatever_is_killed_or_stopped_the_weights_are_those_of_one_process(string plan)
    {
        await cluster.Have(3);
        var run = await DisturbedRun.Start(cluster);
        await using (run)
        {
            foreach (var fault in plan.Split(", ").Select(PlannedSignal.Parse))
            {
                double seconds = await run.Strike(fault);
                output.WriteLine($"{fault}: got over in {seconds:F1} s");
            }

            string expected = await ClusterWorkspace.LongReference;
            string weights = await cluster.Workspace.Weights(run.Train);
            Assert.True(
                expected == weights, $"The weights are {weights} and should be {expected}.\n{run.Train.Said}\n\n{cluster.Silos.Said}");
        }
    }
}
