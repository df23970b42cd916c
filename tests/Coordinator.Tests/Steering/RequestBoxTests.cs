using System.Diagnostics;
using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Coordinator.Steering;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Tests.Steering;

public sealed class RequestBoxTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 9, 30, 0, TimeSpan.Zero);
    private static readonly RunRequest Pause = new(RunRequestKind.Pause, null, "a test");

    private readonly string _folder = Directory.CreateTempSubdirectory("mnist-requests-").FullName;
    private readonly RequestBox _box;
    private readonly List<string> _notes = [];

    public RequestBoxTests() => _box = new RequestBox(_folder);

    private string Box => Path.Combine(_folder, "requests");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_request_is_taken_once_as_it_was_sent_and_its_answer_too()
    {
        var sent = _box.Send(new RunRequest(RunRequestKind.Scale, 4, "a test"), Now);
        Assert.Null(_box.TryTakeAnswer(sent));
        Assert.Equal(sent, Take());
        Assert.Null(Take());

        _box.Answer(sent, RequestAnswer.Refused("no\nnever"));
        Assert.Equal(new RequestAnswer(false, "no\nnever"), _box.TryTakeAnswer(sent));
        Assert.Null(_box.TryTakeAnswer(sent));
        Assert.Empty(Directory.GetFileSystemEntries(Box));
        Assert.Empty(_notes);
    }

    [Fact]
    public void Requests_are_taken_in_the_order_in_which_they_were_sent()
    {
        RunRequest[] sent = [.. Enumerable.Range(0, 20).Select(i =>
            _box.Send(new RunRequest(RunRequestKind.Scale, i + 1, "a test"), Now.AddMilliseconds(i)))];
        Assert.Equal(sent, sent.Select(_ => Take()!));
    }

    [Fact]
    public void A_request_is_taken_or_withdrawn_never_both()
    {
        for (int i = 0; i < 200; i++)
        {
            var sent = _box.Send(Pause, Now);
            bool isTaken = false, isWithdrawn = false;
            Parallel.Invoke(() => isTaken = Take() is not null, () => isWithdrawn = _box.Withdraw(sent));
            Assert.NotEqual(isTaken, isWithdrawn);
        }

        Assert.Empty(Directory.GetFileSystemEntries(Box));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{\"kind\":\"explode\",\"workers\":null,\"from\":\"a\",\"id\":\"\"}")]
    [InlineData("{\"kind\":1,\"workers\":null,\"from\":\"a\",\"id\":\"\"}")]
    [InlineData("{\"kind\":\"scale\",\"workers\":0,\"from\":\"a\",\"id\":\"\"}")]
    [InlineData("{\"kind\":\"scale\",\"workers\":-1,\"from\":\"a\",\"id\":\"\"}")]
    [InlineData("{\"kind\":\"scale\",\"workers\":1.5,\"from\":\"a\",\"id\":\"\"}")]
    [InlineData("{\"kind\":\"scale\",\"workers\":99999999999,\"from\":\"a\",\"id\":\"\"}")]
    [InlineData("{\"kind\":\"pause\",\"workers\":3,\"from\":\"a\",\"id\":\"\"}")]
    [InlineData("{\"kind\":\"pause\",\"from\":\"a\",\"id\":\"\"}")]
    public void What_is_no_request_is_dropped_with_a_line_and_the_next_is_taken(string content)
    {
        Directory.CreateDirectory(Box);
        File.WriteAllText(Path.Combine(Box, "0.request.json"), content);
        var sent = _box.Send(Pause, Now);
        Assert.Equal(sent, Take());
        string note = Assert.Single(_notes);
        Assert.StartsWith($"A request to the run is dropped: {Path.Combine(Box, "0.request.json")}", note, StringComparison.Ordinal);
        Assert.DoesNotContain(note, char.IsControl);
        Assert.Empty(Directory.GetFileSystemEntries(Box));
    }

    [Fact]
    public void A_request_of_a_gigabyte_is_dropped_unread()
    {
        Directory.CreateDirectory(Box);
        using (var file = File.Create(Path.Combine(Box, "0.request.json")))
            file.SetLength(1L << 30);
        Assert.Null(Take());
        Assert.Contains("1073741824 bytes", Assert.Single(_notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pipe")]
    [InlineData("device")]
    public void What_would_never_be_read_to_its_end_is_dropped_unread(string kind)
    {
        Needs.Unix();
        Directory.CreateDirectory(Box);
        string path = Path.Combine(Box, "0.request.json");
        if (kind == "device")
            File.CreateSymbolicLink(path, "/dev/zero");
        else
            Process.Start("mkfifo", path).WaitForExit();
        Assert.True(Path.Exists(path));
        Assert.Null(Take());
        Assert.Single(_notes);
        Assert.Empty(Directory.GetFileSystemEntries(Box));
    }

    [Fact]
    public void Files_of_other_names_are_left_alone()
    {
        Directory.CreateDirectory(Box);
        foreach (string name in (string[])["notes.txt", "1.answer.json", "1.request.json.0123.tmp", "1.request.json.taken"])
            File.WriteAllText(Path.Combine(Box, name), "x");
        Assert.Null(Take());
        Assert.Empty(_notes);
        Assert.Equal(4, Directory.GetFileSystemEntries(Box).Length);
    }

    [Fact]
    public void An_answer_that_the_disk_cannot_take_does_not_end_the_run()
    {
        var sent = _box.Send(Pause, Now);
        Assert.Equal(sent, Take());
        Directory.Delete(Box);
        File.WriteAllText(Box, "");
        _box.Answer(sent, RequestAnswer.Done("paused"));
        Assert.Null(Take());
    }

    [Fact]
    public void Text_of_an_answer_holds_no_control_characters_but_line_ends()
    {
        var sent = _box.Send(Pause, Now);
        _box.Answer(sent, RequestAnswer.Done("one\ntwo\u001b[2J\r"));
        Assert.Equal("one\ntwo?[2J?", _box.TryTakeAnswer(sent)!.Text);
    }

    [Fact]
    public void What_dead_processes_have_left_is_gone_when_the_folder_is_opened()
    {
        string path;
        using (var folder = RunFolder.Create(_folder, Now, new RunSpec { TrainingImages = 60000, DataDigest = new string('a', 64) }))
        {
            path = folder.Path;
            var box = new RequestBox(path);
            box.Answer(box.Send(Pause, Now), RequestAnswer.Done("paused"));
        }

        using var again = RunFolder.Open(path);
        Assert.Null(again.Requests.TryTake(_notes.Add));
        Assert.False(Directory.Exists(Path.Combine(path, "requests")));
        Assert.Empty(_notes);
    }

    private RunRequest? Take() => _box.TryTake(_notes.Add);
}
