using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Model.Protocol;
using static MnistDistributed.Model.Tests.Protocol.ProtocolKit;

namespace MnistDistributed.Model.Tests.Protocol;

/// <summary>A run that is paused, at whatever it is.</summary>
public sealed class PauseTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(10);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void The_step_in_progress_is_finished_and_no_other_begins_until_the_run_goes_on()
    {
        var protocol = Open(_time);
        var a = protocol.Join("a");
        protocol.Pause();
        Assert.Equal(RunPhase.Training, protocol.Phase);
        var order = protocol.Ask(a);
        protocol.Answer(a, order);
        Assert.Equal((RunPhase.Paused, 1), (protocol.Phase, protocol.State.Step));
        protocol.AssertWaits(a);
        Assert.Equal(PushOutcome.Stale, protocol.Push(a, 1, 1, [Fake.Push(1, new Block(0, 8))]).Outcome);
        protocol.AssertWaits(protocol.Join("b"));
        protocol.Leave(a);
        Assert.Equal((RunPhase.Paused, 1), (protocol.Phase, protocol.Workers));
        protocol.Pause();
        protocol.Resume();
        Assert.Equal(RunPhase.Training, protocol.Phase);
        Assert.Equal(NextKind.Join, protocol.Next(a, 0, 0).Kind);
    }

    [Fact]
    public void After_a_pause_the_step_is_dealt_to_those_who_are_there()
    {
        var protocol = Open(_time);
        var a = protocol.Join("a");
        protocol.Pause();
        protocol.DoSteps(_time, 1, Short, a);
        var b = protocol.Join("b");
        for (int i = 0; i < 60; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(2));
            protocol.AssertWaits(a);
            protocol.AssertWaits(b);
        }

        protocol.Resume();
        Assert.Equal([new Block(0, 4)], protocol.Ask(a).Blocks);
        Assert.Equal([new Block(4, 4)], protocol.Ask(b).Blocks);
    }

    [Fact]
    public void A_run_that_goes_on_before_its_step_was_finished_was_never_paused()
    {
        var protocol = Open(_time);
        var a = protocol.Join("a");
        protocol.Resume();
        protocol.Pause();
        protocol.Resume();
        protocol.DoSteps(_time, 2, Short, a);
        Assert.Equal(RunPhase.Training, protocol.Phase);
    }

    [Fact]
    public void A_step_that_nobody_is_left_to_finish_is_given_up()
    {
        var protocol = Open(_time);
        protocol.Pause();
        Assert.Equal(RunPhase.Paused, protocol.Phase);
        protocol.Resume();
        var a = protocol.Join("a");
        protocol.Ask(a);
        protocol.Pause();
        Assert.Equal(RunPhase.Training, protocol.Phase);
        protocol.Leave(a);
        Assert.Equal(RunPhase.Paused, protocol.Phase);
        protocol.AssertWaits(protocol.Join("b"));
    }

    [Fact]
    public void A_paused_step_whose_last_worker_is_late_is_given_up_for_good()
    {
        var protocol = Open(_time);
        var a = protocol.Join("a");
        var order = protocol.Ask(a);
        protocol.Pause();
        _time.Advance(Leases.Floor);
        Assert.Equal(RunPhase.Paused, protocol.Phase);
        Assert.Equal(PushOutcome.Stale, protocol.Answer(a, order));
        Assert.Equal((RunPhase.Paused, 0), (protocol.Phase, protocol.State.Step));
        protocol.Resume();
        protocol.DoSteps(_time, 1, Short, a);
    }

    [Fact]
    public void A_late_worker_that_asks_or_joins_does_not_end_the_pause_by_it()
    {
        var protocol = Open(_time);
        var a = protocol.Join("a");
        protocol.Ask(a);
        protocol.Pause();
        _time.Advance(Leases.Floor);
        protocol.AssertWaits(a);
        protocol.AssertWaits(protocol.Join("b"));
        Assert.Equal((RunPhase.Paused, 2), (protocol.Phase, protocol.Workers));
    }

    [Fact]
    public void A_paused_step_that_lacks_its_quorum_is_given_up()
    {
        var protocol = Open(_time, minWorkers: 2);
        var (a, b) = (protocol.Join("a"), protocol.Join("b"));
        protocol.Ask(a);
        protocol.Leave(b);
        Assert.Equal(RunPhase.Training, protocol.Phase);
        protocol.Pause();
        Assert.Equal(RunPhase.Paused, protocol.Phase);
    }

    [Fact]
    public void The_pause_of_an_epochs_last_step_comes_before_its_evaluation()
    {
        var protocol = Open(_time);
        var a = protocol.Join("a");
        protocol.DoSteps(_time, 4, Short, a);
        protocol.Pause();
        protocol.DoSteps(_time, 1, Short, a);
        Assert.Equal(RunPhase.Paused, protocol.Phase);
        Assert.Equal(70, protocol.State.EpochSum.Samples);
        protocol.Continue(5);
        Assert.Equal(RunPhase.Paused, protocol.Phase);
        protocol.Resume();
        Assert.Equal(RunPhase.Validating, protocol.Phase);
    }

    [Fact]
    public void An_evaluation_in_progress_is_finished_its_result_taken_and_then_the_run_is_paused()
    {
        var (protocol, a) = InValidation();
        protocol.Pause();
        Assert.Equal(RunPhase.Validating, protocol.Phase);
        protocol.Answer(a, protocol.Ask(a));
        Assert.Equal(RunPhase.EpochDone, protocol.Phase);
        protocol.Continue(5);
        Assert.Equal(RunPhase.Paused, protocol.Phase);
        protocol.Resume();
        Assert.Equal(RunPhase.Training, protocol.Phase);
    }

    [Fact]
    public void A_run_paused_and_resumed_while_its_epochs_result_is_taken_goes_on_with_it()
    {
        var (protocol, a) = InValidation();
        protocol.Answer(a, protocol.Ask(a));
        protocol.Pause();
        Assert.Equal(RunPhase.EpochDone, protocol.Phase);
        protocol.Resume();
        Assert.Equal(RunPhase.EpochDone, protocol.Phase);
        protocol.Continue(5);
        Assert.Equal(RunPhase.Training, protocol.Phase);
    }

    [Fact]
    public void An_evaluation_that_nobody_is_left_to_finish_is_given_up_and_done_anew()
    {
        var (protocol, a) = InValidation();
        protocol.Pause();
        protocol.Leave(a);
        Assert.Equal(RunPhase.Paused, protocol.Phase);
        protocol.Resume();
        Assert.Equal(RunPhase.Validating, protocol.Phase);
        var b = protocol.Join("b");
        protocol.Answer(b, protocol.Ask(b));
        Assert.Equal(RunPhase.EpochDone, protocol.Phase);
    }

    [Fact]
    public void A_pause_after_the_last_epoch_comes_before_the_test_and_one_after_the_end_changes_nothing()
    {
        var spec = FakeGradients.Spec(epochs: 1, validation: 0, images: 16);
        var fake = new FakeGradients(spec);
        var protocol = new TrainingProtocol(1, spec, fake.Initial(), 0, testImages: 3, "f", _time, new TermOptions());
        var a = protocol.Join("a");
        protocol.Push(a, 1, 0, [fake.Push(0, new Block(0, 8))]);
        Assert.Equal(RunPhase.EpochDone, protocol.Phase);
        protocol.Pause();
        protocol.Continue(1);
        Assert.Equal(RunPhase.Paused, protocol.Phase);
        protocol.Resume();
        Assert.Equal(RunPhase.Testing, protocol.Phase);
        protocol.Answer(a, protocol.Ask(a));
        protocol.Pause();
        protocol.Leave(a);
        Assert.Equal(RunPhase.Done, protocol.Phase);
        protocol.Resume();
        Assert.Equal(RunPhase.Done, protocol.Phase);
        Assert.True(protocol.IsOver);
    }

    [Theory]
    [InlineData(0, 0, RunPhase.Training)]
    [InlineData(5, 0, RunPhase.Validating)]
    [InlineData(5, 1, RunPhase.Training)]
    [InlineData(10, 2, RunPhase.Testing)]
    public void A_term_that_is_opened_paused_goes_on_with_what_is_due(int step, int evaluated, RunPhase due)
    {
        var state = Fake.Undisturbed(step);
        var protocol = Open(_time, state: state, evaluated: evaluated, isPaused: true);
        var a = protocol.Join("a");
        Assert.Equal(RunPhase.Paused, protocol.Phase);
        protocol.AssertWaits(a);
        Assert.False(protocol.IsOver);
        protocol.Resume();
        Assert.Equal(due, protocol.Phase);
        protocol.Ask(a);
    }

    [Fact]
    public void A_paused_term_can_be_closed()
    {
        var protocol = Open(_time, isPaused: true);
        var a = protocol.Join("a");
        protocol.Close();
        Assert.Equal(NextKind.Stop, protocol.Next(a, 0, 0).Kind);
    }

    private (TrainingProtocol Protocol, Guid A) InValidation()
    {
        var protocol = Open(_time);
        var a = protocol.Join("a");
        protocol.DoSteps(_time, 5, Short, a);
        Assert.Equal(RunPhase.Validating, protocol.Phase);
        return (protocol, a);
    }
}
