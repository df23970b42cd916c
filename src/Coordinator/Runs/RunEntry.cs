using System.Text.Json;
using System.Text.RegularExpressions;
using MnistDistributed.Model;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Runs;

/// <summary>A run as its folder shows it to other processes.</summary>
public sealed partial record RunEntry
{
    // In the root of a disk that is nothing but the runs'.
    private const string OfFileSystem = "lost+found";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, NewLine = "\n" };

    /// <summary>The run's id.</summary>
    public required string Id { get; init; }

    /// <summary>Its folder.</summary>
    public required string Folder { get; init; }

    /// <summary>
    /// starting, running, waiting for workers or paused: its coordinator lives; stopped, failed or done: as the coordinator ended it;
    /// interrupted: the coordinator is gone without a word; damaged: the folder holds no run that can be read.
    /// </summary>
    public required string State { get; init; }

    /// <summary>Steps done, as far as is known: of a run without state those of its newest checkpoint.</summary>
    public int? Step { get; init; }

    /// <summary>Steps of the whole run.</summary>
    public int? TotalSteps { get; init; }

    /// <summary>The epoch that it is in, from 1.</summary>
    public int? Epoch { get; init; }

    /// <summary>Epochs of the whole run.</summary>
    public int? Epochs { get; init; }

    /// <summary>Validation accuracy after its last epoch, from 0 to 1.</summary>
    public double? ValidationAccuracy { get; init; }

    /// <summary>Test accuracy, from 0 to 1.</summary>
    public double? TestAccuracy { get; init; }

    /// <summary>Workers that take part; of a run that is done those that took part in the end.</summary>
    public int? Workers { get; init; }

    /// <summary>Who trains it; null if nobody does.</summary>
    public string? Owner { get; init; }

    /// <summary>When it was begun.</summary>
    public DateTimeOffset? Started { get; init; }

    /// <summary>When its coordinator last said how far it is.</summary>
    public DateTimeOffset? Updated { get; init; }

    /// <summary>What its coordinator says, and what is wrong with the folder.</summary>
    public string? Note { get; init; }

    /// <summary>Writes entries for programs.</summary>
    public static string ToJson(IEnumerable<RunEntry> entries) => JsonSerializer.Serialize(entries, Json);

    /// <summary>Looks at all runs of a folder, the newest last; a folder that is not there has none.</summary>
    /// <param name="parent">The folder with the runs' folders.</param>
    /// <param name="time">What tells whether a coordinator lives.</param>
    public static IReadOnlyList<RunEntry> All(string parent, TimeProvider time)
    {
        string[] folders = Directory.Exists(parent) ? Directory.GetDirectories(parent) : [];
        return [.. folders.Where(folder => Path.GetFileName(folder) != OfFileSystem).Select(folder => Look(folder, time))
            .OrderBy(run => run.Started?.ToUnixTimeSeconds()).ThenBy(run => Numbered(run.Id), StringComparer.Ordinal)];

        // Of one second they are numbered: 20260131-093000, 20260131-093000-2.
        static string Numbered(string id) => Digits().Replace(id, digits => digits.Value.PadLeft(10, '0'));
    }

    /// <summary>Looks at a folder without disturbing whoever trains in it. What is damaged is told, never thrown.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="time">What tells whether its coordinator lives.</param>
    public static RunEntry Look(string folder, TimeProvider time)
    {
        var notes = new List<string>();
        var entry = new RunEntry { Id = Path.GetFileName(folder), Folder = folder, State = "damaged" };
        if (!RunFolder.IsRun(folder))
            return entry with { Note = "It holds no run: there is no spec.json in it." };
        if (Try(() => RunFolder.ReadSpec(folder), notes) is not { } spec)
            return entry with { Note = string.Join(' ', notes) };

        var owner = Try(() => RunOwner.Read(folder), notes) is { } found && found.IsAlive(time) ? found : null;
        var state = Try(() => RunState.Read(folder), notes);
        var result = Try(() => RunMetrics.Read(folder), notes);
        var plan = new SlotPlan(spec);
        entry = entry with
        {
            State = Word(owner, state, result),
            TotalSteps = plan.TotalSteps,
            Epochs = spec.Epochs,
            Owner = owner?.ToString(),
            Started = File.GetLastWriteTimeUtc(RunFolder.SpecIn(folder)),
            Updated = state?.Updated,
        };
        if (entry.State == "done" && result is { IsDone: true })
            entry = entry.At(plan.TotalSteps, result.ValidationAccuracy, result.TestAccuracy, result.Workers);
        else if (state is not null)
            entry = entry.At(state.Step, state.ValidationAccuracy, state.TestAccuracy, owner is null ? null : state.Workers);
        else
            entry = FromCheckpoint(entry, folder, spec, notes);
        if (state?.Note is { } note && entry.State != "interrupted")
            notes.Insert(0, note);
        return entry with
        {
            Epoch = Math.Min(plan.EpochOf(entry.Step ?? 0) + 1, spec.Epochs),
            Note = notes.Count == 0 ? null : string.Join(' ', notes),
        };
    }

    private RunEntry At(int step, double? validationAccuracy, double? testAccuracy, int? workers) =>
        this with { Step = step, ValidationAccuracy = validationAccuracy, TestAccuracy = testAccuracy, Workers = workers };

    private static string Word(RunOwner? owner, RunState? state, RunMetrics? result) => (owner, state, result) switch
    {
        (not null, null, _) => "starting",
        (not null, not null, _) => state.Updated < owner.Taken ? "starting" : Word(state.Activity),
        (null, null, { IsDone: true }) => "done",
        (null, null, { IsDone: false }) => "stopped",
        (null, { Activity: RunActivity.Stopped or RunActivity.Failed }, _) => Word(state.Activity),
        (null, { Activity: RunActivity.Done }, { IsDone: true }) => Word(state.Activity),
        _ => "interrupted",
    };

    private static string Word(RunActivity activity) =>
        activity == RunActivity.WaitingForWorkers ? "waiting for workers" : activity.ToString().ToLowerInvariant();

    private static RunEntry FromCheckpoint(RunEntry entry, string folder, RunSpec spec, List<string> notes)
    {
        var search = Try(() => RunFolder.CheckpointsIn(folder).LoadNewest(spec), notes);
        notes.AddRange(search?.Skipped ?? []);
        var newest = search?.Checkpoint;
        return entry.At(newest?.State.Step ?? 0, newest?.History is [.., var last] ? last.ValidationAccuracy : null, null, null);
    }

    private static T? Try<T>(Func<T?> read, List<string> notes)
        where T : class
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            notes.Add(OneLine.Brief(e.Message));
            return null;
        }
    }

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();
}
