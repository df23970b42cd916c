using MnistDistributed.Model;

namespace MnistDistributed.Coordinator.Runs;

/// <summary>How far a run is, as <c>state.json</c> in its folder keeps it for other processes.</summary>
public sealed record RunState
{
    private const int MaxWorkers = 1 << 20;

    /// <summary>What the run is about.</summary>
    public required RunActivity Activity { get; init; }

    /// <summary>Steps done.</summary>
    public required int Step { get; init; }

    /// <summary>Steps of the whole run.</summary>
    public required int TotalSteps { get; init; }

    /// <summary>The epoch that the run is in, from 1; the last one when all are done.</summary>
    public required int Epoch { get; init; }

    /// <summary>Epochs of the whole run.</summary>
    public required int Epochs { get; init; }

    /// <summary>Workers that take part.</summary>
    public required int Workers { get; init; }

    /// <summary>Validation accuracy after the last epoch that has one, from 0 to 1; null if there is none.</summary>
    public double? ValidationAccuracy { get; init; }

    /// <summary>Test accuracy, from 0 to 1; null until the test images are evaluated.</summary>
    public double? TestAccuracy { get; init; }

    /// <summary>What people should know, such as why the run failed or what it waits for; one line, null if nothing.</summary>
    public string? Note { get; init; }

    /// <summary>When this was so. <see cref="RunFolder.WriteState"/> fills it in.</summary>
    public DateTimeOffset Updated { get; init; }

    /// <summary>The file in a run's folder.</summary>
    public static string FileIn(string folder) => Path.Combine(folder, "state.json");

    /// <summary>Reads what a run's coordinator last said.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <returns>The state; null if there is none.</returns>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public static RunState? Read(string folder)
    {
        string path = FileIn(folder);
        var state = JsonFile.Read<RunState>(path);
        if (state?.Problem() is { } problem)
            throw JsonFile.Damaged(path, problem);
        return state is null ? null : state with { Note = state.Note is null ? null : OneLine.Brief(state.Note) };
    }

    private string? Problem()
    {
        if (Step < 0 || Step > TotalSteps)
            return $"step {Step} of {TotalSteps}";
        if (Epoch < 1 || Epoch > Epochs)
            return $"epoch {Epoch} of {Epochs}";
        if (Workers is < 0 or > MaxWorkers)
            return $"{Workers} workers";
        return IsShare(ValidationAccuracy) && IsShare(TestAccuracy) ? null : "an accuracy is not from 0 to 1";
    }

    private static bool IsShare(double? value) => value is null or (>= 0 and <= 1);
}
