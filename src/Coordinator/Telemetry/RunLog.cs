using Microsoft.Extensions.Logging;
using MnistDistributed.Coordinator.Training;

namespace MnistDistributed.Coordinator.Telemetry;

/// <summary>What people are told of a run, as log records.</summary>
/// <param name="run">The run.</param>
/// <param name="logger">Where they go.</param>
public sealed partial class RunLog(string run, ILogger<RunLog> logger) : IRunObserver
{
    /// <inheritdoc/>
    public void Note(string message) => LogNote(run, message);

    /// <inheritdoc/>
    public void Incident(RunIncident kind, string message) => LogIncident(run, message, kind);

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {Run}: {Note}")]
    private partial void LogNote(string run, string note);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {Run}: {Note} ({Kind})")]
    private partial void LogIncident(string run, string note, RunIncident kind);
}
