using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Coordinator.Steering;
using MnistDistributed.Coordinator.Training;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Tests.Steering;

public sealed class RunSteeringTests : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("mnist-steering-").FullName;
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly RunFolder _folder;

    public RunSteeringTests() =>
        _folder = RunFolder.Create(_parent, DateTimeOffset.UnixEpoch, new RunSpec
            { TrainingImages = 60000, DataDigest = new string('a', 64) }, _time);

    public void Dispose()
    {
        _folder.Dispose();
        Directory.Delete(_parent, recursive: true);
    }

    [Theory]
    [InlineData(RunRequestKind.Scale, 3)]
    [InlineData(RunRequestKind.Scale, null)]
    [InlineData(RunRequestKind.Pause, null)]
    [InlineData(RunRequestKind.Resume, null)]
    [InlineData(RunRequestKind.Stop, null)]
    public async Task A_request_waits_for_its_own_answer(RunRequestKind kind, int? workers)
    {
        var asked = Ask(kind, workers);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        var other = Ask(RunRequestKind.Pause);
        var first = Take()!;
        Assert.Equal((kind, workers), (first.Kind, first.Workers));
        Assert.StartsWith($"process {Environment.ProcessId} on ", first.From, StringComparison.Ordinal);
        _folder.Requests.Answer(first, RequestAnswer.Done("as you wish"));
        Assert.Equal(RequestAnswer.Done("as you wish"), await After(asked));

        Assert.False(other.IsCompleted);
        _folder.Requests.Answer(Take()!, RequestAnswer.Refused("no"));
        Assert.Equal(RequestAnswer.Refused("no"), await After(other));
    }

    [Fact]
    public async Task A_request_that_nobody_looks_at_is_withdrawn()
    {
        var asked = Ask(RunRequestKind.Pause);
        string message = (await Assert.ThrowsAsync<RunFailedException>(() => After(asked, RunSteering.AnswersWithin))).Message;
        Assert.StartsWith($"Run {_folder.Id} has not answered for 45 s: its coordinator is process {Environment.ProcessId} on ", message,
            StringComparison.Ordinal);
        Assert.EndsWith("The request is withdrawn.", message, StringComparison.Ordinal);
        Assert.Null(Take());
    }

    [Fact]
    public async Task A_request_that_is_taken_and_not_answered_may_still_be_carried_out()
    {
        var asked = Ask(RunRequestKind.Stop);
        var taken = Take()!;
        string message = (await Assert.ThrowsAsync<RunFailedException>(() => After(asked, RunSteering.AnswersWithin))).Message;
        Assert.EndsWith("It has taken the request, and may still carry it out.", message, StringComparison.Ordinal);
        _folder.Requests.Answer(taken, RequestAnswer.Done("too late"));
    }

    [Fact]
    public async Task Who_stops_waiting_withdraws_the_request()
    {
        using var stop = new CancellationTokenSource();
        var asked = new RunSteering(_folder.Path, _time).Ask(RunRequestKind.Pause, null, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        Assert.Null(Take());
    }

    [Fact]
    public async Task The_last_that_a_run_does_may_be_its_answer()
    {
        var asked = Ask(RunRequestKind.Stop);
        _folder.Requests.Answer(Take()!, RequestAnswer.Done("stopping"));
        _folder.Dispose();
        Assert.Equal("stopping", (await After(asked)).Text);
    }

    [Fact]
    public async Task A_run_that_ends_without_an_answer_is_not_waited_for()
    {
        var asked = Ask(RunRequestKind.Stop);
        _folder.Dispose();
        Assert.Equal($"Run {_folder.Id} ended before it answered; ./mnist runs tells how.",
            (await Assert.ThrowsAsync<RunFailedException>(() => After(asked))).Message);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_folder.Path, "requests")));
    }

    [Fact]
    public async Task A_run_that_another_coordinator_takes_over_is_not_waited_for()
    {
        var asked = Ask(RunRequestKind.Stop);
        _folder.Dispose();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        using var next = RunFolder.Open(_folder.Path, _time);
        await Assert.ThrowsAsync<RunFailedException>(() => After(asked));
    }

    [Fact]
    public async Task A_run_that_is_not_in_progress_is_one_line_that_says_how_to_go_on()
    {
        _folder.Dispose();
        string shown = Path.GetRelativePath(Environment.CurrentDirectory, _folder.Path);
        Assert.Equal($"Run {_folder.Id} is not in progress. Go on with: ./mnist train --resume {shown}", await Refusal());

        var dead = RunOwner.New(_time) with { ProcessStart = "then" };
        JsonFile.Write(RunOwner.FileIn(_folder.Path), dead);
        Assert.Equal($"Run {_folder.Id} is not in progress: its coordinator, {dead}, is gone. Go on with: ./mnist train --resume {shown}",
            await Refusal());

        File.Delete(RunOwner.FileIn(_folder.Path));
        JsonFile.Write(RunState.FileIn(_folder.Path), new RunState
            { Activity = RunActivity.Stopped, Step = 3, TotalSteps = 2150, Epoch = 1, Epochs = 5, Workers = 1 });
        Assert.Equal(
            $"Run {_folder.Id} is not in progress: it was stopped at step 3 of 2,150. Go on with: ./mnist train --resume {shown}",
            await Refusal());

        File.Delete(RunState.FileIn(_folder.Path));
        File.WriteAllText(
            Path.Combine(_folder.Path, "metrics.json"), """{"state":"done","testAccuracy":0.75,"epochs":[],"runtime":{"workers":6}}""");
        Assert.Equal($"Run {_folder.Id} is done: there is nothing to pause. "
            + $"A new run begins at its weights with: ./mnist train --from {shown}", await Refusal());
        Assert.False(Directory.Exists(Path.Combine(_folder.Path, "requests")));
    }

    [Fact]
    public async Task A_run_that_is_trained_on_another_machine_is_steered_through_the_folder_too()
    {
        _folder.Dispose();
        JsonFile.Write(RunOwner.FileIn(_folder.Path), new RunOwner("elsewhere", 17, "boot/1", _time.GetUtcNow()));
        File.SetLastWriteTimeUtc(RunOwner.FileIn(_folder.Path), _time.GetUtcNow().UtcDateTime);
        var asked = Ask(RunRequestKind.Pause);
        _folder.Requests.Answer(Take()!, RequestAnswer.Done("paused"));
        Assert.Equal("paused", (await After(asked)).Text);
    }

    private Task<RequestAnswer> Ask(RunRequestKind kind, int? workers = null) =>
        new RunSteering(_folder.Path, _time).Ask(kind, workers, CancellationToken.None);

    private async Task<string> Refusal()
    {
        var asked = Ask(RunRequestKind.Pause);
        Assert.True(asked.IsCompleted, "it waits");
        return (await Assert.ThrowsAsync<RunFailedException>(() => asked)).Message;
    }

    private RunRequest? Take() => _folder.Requests.TryTake(note => Assert.Fail(note));

    /// <summary>What comes of a request when so much time has passed.</summary>
    private async Task<RequestAnswer> After(Task<RequestAnswer> asked, TimeSpan? passed = null)
    {
        var step = TimeSpan.FromMilliseconds(100);
        for (var left = passed ?? step; left > TimeSpan.Zero; left -= step)
        {
            // What waits for the time goes on in the same call.
            _time.Advance(step);
        }

        return await asked.WaitAsync(TimeSpan.FromSeconds(60));
    }
}
