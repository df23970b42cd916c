using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Protocol.Rounds;

namespace MnistDistributed.Model.Tests.Protocol.Rounds;

public sealed class NextPhaseTests
{
    private static readonly bool[] Either = [false, true];
    private static readonly RunPhase[] Between = [RunPhase.Training, RunPhase.Paused, RunPhase.EpochDone];

    [Theory]
    [InlineData(RunPhase.Validating, RunPhase.EpochDone)]
    [InlineData(RunPhase.Testing, RunPhase.Done)]
    [InlineData(RunPhase.Done, RunPhase.Done)]
    [InlineData(RunPhase.Failed, RunPhase.Failed)]
    public void What_follows_an_evaluation_or_the_end_does_not_depend_on_anything_else(RunPhase over, RunPhase next)
    {
        foreach (bool isPaused in Either)
        {
            foreach (bool owesValidation in Either)
                Assert.All(Either, hasSteps => Assert.Equal(next, NextPhase.After(over, isPaused, owesValidation, hasSteps)));
        }
    }

    [Theory]
    [InlineData(true, true, true, RunPhase.Paused)]
    [InlineData(true, false, false, RunPhase.Paused)]
    [InlineData(false, true, true, RunPhase.Validating)]
    [InlineData(false, true, false, RunPhase.Validating)]
    [InlineData(false, false, true, RunPhase.Training)]
    [InlineData(false, false, false, RunPhase.Testing)]
    public void Between_rounds_a_pause_comes_first_then_the_epochs_evaluation_then_steps_and_then_the_test(
        bool isPaused, bool owesValidation, bool hasSteps, RunPhase next) =>
        Assert.All(Between, over => Assert.Equal(next, NextPhase.After(over, isPaused, owesValidation, hasSteps)));
}
