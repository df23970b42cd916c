using System.Diagnostics;
using System.Text.Json;
using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Model.Storage;
using MnistDistributed.Model.Training;
using static MnistDistributed.Coordinator.Tests.Commands.CommandLine;

namespace MnistDistributed.Coordinator.Tests.Commands;

/// <summary><c>mnist runs</c> over folders as runs leave them.</summary>
public sealed class RunsCommandTests : IDisposable
{
    private static readonly RunSpec Spec = new()
    {
        Batch = 64, Slots = 4, Epochs = 3, TrainingImages = 740, Validation = 100, DataDigest = new string('a', 64), Network =
            new(16, 16, 16),
    };

    private static readonly RunState State = new()
        { Activity = RunActivity.Running, Step = 14, TotalSteps = 30, Epoch = 2, Epochs = 3, Workers = 2, ValidationAccuracy = 0.9871 };

    private readonly TemporaryFolder _folder = new();

    private string Parent => _folder.Path;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(RunActivity.Running, true, "running")]
    [InlineData(RunActivity.WaitingForWorkers, true, "waiting for workers")]
    [InlineData(RunActivity.Paused, true, "paused")]
    [InlineData(RunActivity.Stopped, true, "stopped")]
    [InlineData(RunActivity.Done, true, "done")]
    [InlineData(null, true, "starting")]
    [InlineData(RunActivity.Running, false, "interrupted")]
    [InlineData(RunActivity.WaitingForWorkers, false, "interrupted")]
    [InlineData(RunActivity.Paused, false, "interrupted")]
    [InlineData(RunActivity.Stopped, false, "stopped")]
    [InlineData(RunActivity.Failed, false, "failed")]
    [InlineData(RunActivity.Done, false, "interrupted")]
    [InlineData(null, false, "interrupted")]
    public void A_run_is_what_its_coordinator_said_if_that_lives_or_had_an_end(RunActivity? activity, bool isHeld, string word)
    {
        using var folder = Create();
        if (activity is { } known)
            folder.WriteState(State with { Activity = known });
        if (!isHeld)
            folder.Dispose();
        var run = Look(folder.Path);
        Assert.Equal(word, run.State);
        Assert.Equal(isHeld, run.Owner is not null);
        Assert.Equal((activity is null ? 0 : 14, 30, activity is null ? 1 : 2, 3), (run.Step, run.TotalSteps, run.Epoch, run.Epochs));
        Assert.Equal(isHeld && activity is not null ? 2 : null, run.Workers);
        Assert.Equal(activity is null ? null : 0.9871, run.ValidationAccuracy);
    }

    [Fact]
    public void A_run_that_was_killed_is_interrupted()
    {
        string path;
        using (var folder = Create())
        {
            folder.WriteState(State);
            path = folder.Path;
        }

        JsonFile.Write(RunOwner.FileIn(path), RunOwner.New(TimeProvider.System) with { ProcessStart = "then" });
        Assert.Equal(("interrupted", null), (Look(path).State, Look(path).Owner));
    }

    [Fact]
    public void A_run_that_is_taken_up_again_is_starting_until_its_coordinator_says_more()
    {
        string path;
        using (var folder = Create())
        {
            folder.WriteState(State with { Activity = RunActivity.Failed, Note = "It failed." });
            path = folder.Path;
        }

        Assert.Equal(("failed", "It failed."), (Look(path).State, Look(path).Note));
        using var again = RunFolder.Open(path);
        Assert.Equal("starting", Look(path).State);
        again.WriteState(State);
        Assert.Equal("running", Look(path).State);
    }

    [Fact]
    public void A_run_of_before_there_were_states_is_known_by_its_checkpoints_and_its_results()
    {
        string path;
        using (var folder = Create())
        {
            path = folder.Path;
            var state = TrainingState.Initial(Spec);
            folder.Checkpoints.Save(new Checkpoint(Spec, state, [], 1, 0));
        }

        Assert.Equal(("interrupted", 0, 1, null), (Look(path).State, Look(path).Step, Look(path).Epoch, Look(path).Note));
        string damaged = Path.Combine(path, "checkpoints", "step-0000000004.safetensors");
        File.WriteAllText(damaged, "");
        Assert.Equal($"{damaged} is damaged (it is empty); skipped.", Look(path).Note);

        WriteMetrics(path);
        var done = Look(path);
        Assert.Equal(("done", 30, 3, 0.75, 0.5, 6, null),
            (done.State, done.Step, done.Epoch, done.TestAccuracy, done.ValidationAccuracy, done.Workers, done.Note));
    }

    [Theory]
    [InlineData(RunActivity.Done, "done", "done")]
    [InlineData(RunActivity.Done, "stopped", "interrupted")]
    [InlineData(RunActivity.Stopped, "stopped", "stopped")]
    [InlineData(RunActivity.Stopped, "done", "stopped")]
    [InlineData(RunActivity.Running, "stopped", "interrupted")]
    [InlineData(null, "done", "done")]
    [InlineData(null, "stopped", "stopped")]
    public void A_run_is_done_when_its_results_say_so_too(RunActivity? activity, string results, string word)
    {
        string path;
        using (var folder = Create())
        {
            path = folder.Path;
            if (activity is { } known)
                folder.WriteState(State with { Activity = known });
        }

        WriteMetrics(path, results);
        var run = Look(path);
        Assert.Equal(word, run.State);
        Assert.Equal(word == "done" ? (30, 0.75, 6) : (activity is null ? 0 : 14, null, null), (run.Step, run.TestAccuracy, run.Workers));
    }

    [Theory]
    [InlineData("spec.json", "{", "damaged")]
    [InlineData("spec.json", null, "damaged")]
    [InlineData("state.json", "{}", "interrupted")]
    [InlineData("owner.json", "", "stopped")]
    [InlineData("metrics.json", "[]", "stopped")]
    [InlineData("metrics.json", "{\"epochs\":3}", "stopped")]
    [InlineData("metrics.json", "", "stopped")]
    public async Task A_damaged_folder_is_listed_with_what_is_wrong(string file, string? content, string word)
    {
        string path;
        using (var folder = Create())
        {
            folder.WriteState(State with { Activity = RunActivity.Stopped });
            path = folder.Path;
        }

        using var good = Create();
        if (content is null)
            File.Delete(Path.Combine(path, file));
        else
            await File.WriteAllTextAsync(Path.Combine(path, file), content, TestContext.Current.CancellationToken);
        Assert.Equal(word, Look(path).State);
        Assert.Contains(file, Look(path).Note, StringComparison.Ordinal);
        Assert.DoesNotContain(Look(path).Note!, char.IsControl);

        var (code, output, _) = await Run("runs", "--dir", Parent);
        Assert.Equal(0, code);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, lines.Length);
        Assert.Equal($"{Path.GetFileName(path)}: {Look(path).Note}", lines[3]);
    }

    [Fact]
    public async Task The_table_shows_every_run_the_newest_last()
    {
        for (int i = 1; i <= 10; i++)
            Create().Dispose();
        using var running = Create();
        running.WriteState(State);
        var (code, output, error) = await Run("runs", "--dir", Parent);
        Assert.Equal((0, ""), (code, error));
        string[][] rows = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line =>
            line.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
        Assert.Equal(["run", "state", "step", "epoch", "accuracy", "workers", "age"], rows[0]);
        Assert.Equal(["19700101-000000", .. Enumerable.Range(2, 10).Select(i => $"19700101-000000-{i}")], rows[1..].Select(row => row[0]));
        Assert.Equal(["interrupted", "0/30", "1/3", "-", "-"], rows[1][1..6]);
        Assert.Equal(["running", "14/30", "2/3", "98.71%", "validation", "2"], rows[11][1..7]);
    }

    [Fact]
    public void A_spec_that_would_never_be_read_to_its_end_is_damaged()
    {
        Needs.Unix();
        using var folder = Create();
        string spec = RunFolder.SpecIn(folder.Path);
        File.Delete(spec);
        Process.Start("mkfifo", spec).WaitForExit();
        Assert.Equal("damaged", Look(folder.Path).State);
        Assert.Throws<InvalidDataException>(folder.ReadSpec);
    }

    [Fact]
    public async Task A_name_of_several_lines_takes_one()
    {
        Needs.Unix();
        Directory.CreateDirectory(Path.Combine(Parent, "odd\n\u001b[31mname"));
        var (_, output, _) = await Run("runs", "--dir", Parent);
        Assert.Equal(3, output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.DoesNotContain('\u001b', output);
    }

    [Fact]
    public async Task Programs_get_json()
    {
        using var running = Create();
        running.WriteState(State);
        var (code, output, _) = await Run("runs", "--dir", Parent, "--json");
        Assert.Equal(0, code);
        using var json = JsonDocument.Parse(output);
        var run = Assert.Single(json.RootElement.EnumerateArray());
        Assert.Equal((running.Id, "running", 14, 30), (run.GetProperty("id").GetString(), run.GetProperty("state").GetString(),
            run.GetProperty("step").GetInt32(), run.GetProperty("totalSteps").GetInt32()));
        Assert.Equal(0.9871, run.GetProperty("validationAccuracy").GetDouble());
        Assert.Equal(JsonValueKind.Null, run.GetProperty("testAccuracy").ValueKind);
    }

    [Fact]
    public async Task Where_there_are_no_runs_it_says_so()
    {
        Assert.Equal((0, $"No runs in {Parent}: ./mnist train makes one.\n", ""), await Run("runs", "--dir", Parent));
        Assert.Equal((0, "[]\n", ""), await Run("runs", "--dir", Parent, "--json"));
        string nowhere = Path.Combine(Parent, "nowhere");
        Assert.Equal((1, "", $"{nowhere}: no such folder.\n"), await Run("runs", "--dir", nowhere));
    }

    [Fact]
    public async Task Some_runs_are_listed_by_name()
    {
        using var first = Create();
        using var second = Create();
        foreach (string run in (string[])[second.Id, second.Path])
        {
            var (code, output, error) = await Run("runs", run, "--out", Parent);
            Assert.Equal((0, ""), (code, error));
            Assert.Contains($"\n{second.Id}  starting", output, StringComparison.Ordinal);
            Assert.Equal(2, output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        }

        string place = Path.Combine(Parent, "other");
        Assert.Equal((1, "", $"There is no run other: no spec.json in other or {place}. ./mnist runs lists the runs.\n"),
            await Run("runs", "other", "--out", Parent));
    }

    [Theory]
    [InlineData("pause")]
    [InlineData("resume")]
    [InlineData("stop")]
    [InlineData("scale", "--workers", "auto")]
    public async Task A_run_is_known_by_its_name(string command, params string[] options)
    {
        string id;
        using (var folder = Create())
            id = folder.Id;
        var (code, _, error) = await Run([command, id, "--out", Parent, .. options]);
        Assert.Equal(1, code);
        Assert.StartsWith($"Run {id} is not in progress. Go on with: ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pause")]
    [InlineData("resume")]
    [InlineData("stop")]
    [InlineData("scale", "--workers", "2")]
    [InlineData("scale", "--workers", "auto")]
    public async Task A_run_that_is_unknown_or_not_in_progress_is_one_line_and_exit_code_1(string command, params string[] options)
    {
        string path;
        using (var folder = Create())
            path = folder.Path;
        var (code, output, error) = await Run([command, path, .. options]);
        Assert.Equal((1, ""), (code, output));
        Assert.StartsWith(
            $"Run {Path.GetFileName(path)} is not in progress. Go on with: ./mnist train --resume ", error, StringComparison.Ordinal);

        (code, output, error) = await Run([command, "no-such-run", .. options]);
        string place = Path.Combine("runs", "no-such-run");
        Assert.Equal((1, "", $"There is no run no-such-run: no spec.json in no-such-run or {place}. ./mnist runs lists the runs.\n"),
            (code, output, error));
        Assert.Equal(1, (await Run([command, Parent, .. options])).Code);
    }

    [Theory]
    [InlineData("many", "--workers many: give a number of workers, or auto.")]
    [InlineData("1.5", "--workers 1.5: give a number of workers, or auto.")]
    [InlineData("99999999999", "--workers 99999999999: give a number of workers, or auto.")]
    [InlineData("0", "A run needs at least 1 worker, not 0.")]
    [InlineData("-3", "A run needs at least 1 worker, not -3.")]
    [InlineData("5", "5 workers cannot share 4 slots; up to 4 workers would do, or 8 slots.")]
    public async Task A_number_of_workers_that_cannot_be_is_one_line_and_exit_code_2(string workers, string line)
    {
        using var folder = Create();
        Assert.Equal((2, "", line + "\n"), await Run("scale", folder.Path, "--workers", workers));
        Assert.Null(folder.Requests.TryTake(_ => { }));
    }

    [Theory]
    [InlineData("scale")]
    [InlineData("pause")]
    [InlineData("stop", "a", "b")]
    [InlineData("pause", "")]
    [InlineData("runs", "--dir", "")]
    public async Task Wrong_usage_is_exit_code_2(params string[] arguments) => Assert.Equal(2, (await Run(arguments)).Code);

    [Theory]
    [InlineData("runs")]
    [InlineData("scale")]
    [InlineData("pause")]
    [InlineData("resume")]
    [InlineData("stop")]
    public async Task Help_has_examples(string command)
    {
        var (code, output, _) = await Run(command, "--help");
        Assert.Equal(0, code);
        Assert.Contains($"Examples:\n  ./mnist {command}", output, StringComparison.Ordinal);
    }

    private RunFolder Create() => RunFolder.Create(Parent, DateTimeOffset.UnixEpoch, Spec);

    private static RunEntry Look(string path) => RunEntry.Look(path, TimeProvider.System);

    private static void WriteMetrics(string path, string? state = null) => File.WriteAllText(Path.Combine(path, "metrics.json"),
        $$"""{{{(state is null ? "" : $"\"state\":\"{state}\",")}}"testAccuracy":0.75,"""
        + """
        "epochs":[{"validationAccuracy":0.25},{"validationAccuracy":0.5}],"runtime":{"workers":6} }
        """);
}
