using System.Globalization;
using System.Text.Json.Serialization;
using MnistDistributed.Coordinator.Clusters;
using MnistDistributed.Model;

namespace MnistDistributed.Coordinator.Runs;

/// <summary>
/// Who holds a run's folder, as <c>owner.json</c> keeps it. When that file was last written is the owner's last sign of life: it renews
/// that without writing, so that a full disk does not make it look dead.
/// </summary>
/// <param name="Host">The machine's name.</param>
/// <param name="Pid">The process.</param>
/// <param name="ProcessStart">
/// When the process started, as <see cref="ProcessTable.StartOf"/> has it; null where the system does not tell.
/// </param>
/// <param name="Taken">When it took the folder.</param>
public sealed record RunOwner(string Host, int Pid, string? ProcessStart, DateTimeOffset Taken)
{
    /// <summary>How often an owner gives a sign of life.</summary>
    public static readonly TimeSpan SignInterval = TimeSpan.FromSeconds(5);

    /// <summary>After how long without a sign of life an owner on another machine counts as gone.</summary>
    public static readonly TimeSpan GoneAfter = TimeSpan.FromSeconds(30);

    private const int MaxText = 256;

    /// <summary>Its last sign of life.</summary>
    [JsonIgnore]
    public DateTimeOffset LastSign { get; private init; }

    /// <summary>Whether it is a process of this machine.</summary>
    [JsonIgnore]
    public bool IsHere => Host == Environment.MachineName;

    /// <summary>Whether it is this process.</summary>
    [JsonIgnore]
    public bool IsThisProcess => IsHere && Pid == Environment.ProcessId && ProcessStart == ProcessTable.StartOf(Pid);

    /// <summary>This process, as it takes a folder.</summary>
    public static RunOwner New(TimeProvider time) =>
        new(Environment.MachineName, Environment.ProcessId, ProcessTable.StartOf(Environment.ProcessId), time.GetUtcNow());

    /// <summary>The owner's file in a run's folder.</summary>
    public static string FileIn(string folder) => Path.Combine(folder, "owner.json");

    /// <summary>Reads who holds a run's folder, or held it when its process was killed.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <returns>The owner; null if nobody holds it.</returns>
    /// <exception cref="InvalidDataException">The owner's file is damaged.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public static RunOwner? Read(string folder)
    {
        string path = FileIn(folder);
        if (JsonFile.Read<RunOwner>(path) is not { } owner)
            return null;
        if (owner.Pid < 1 || owner.Host.Length is 0 or > MaxText || owner.ProcessStart?.Length > MaxText)
            throw JsonFile.Damaged(path, $"process {owner.Pid} on a host of {owner.Host.Length} characters is nobody");
        return owner with { LastSign = File.GetLastWriteTimeUtc(path) };
    }

    /// <summary>Whether it is alive: here, whether its process is; elsewhere, whether its last sign of life is young.</summary>
    public bool IsAlive(TimeProvider time) =>
        IsHere && ProcessStart is not null ? ProcessTable.StartOf(Pid) == ProcessStart : time.GetUtcNow() - LastSign < GoneAfter;

    /// <summary>Whether the other is the same owner.</summary>
    public bool IsSame(RunOwner? other) => other is not null && other with { LastSign = LastSign } == this;

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"process {Pid} on {OneLine.Of(Host)} since {Taken.ToLocalTime():yyyy-MM-dd HH:mm:ss}");
}
