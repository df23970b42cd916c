using Microsoft.Extensions.Logging;

namespace MnistDistributed.Testing;

/// <summary>A log that keeps its lines, with the stacks of errors, as a console would show them.</summary>
public sealed class LogLines<T> : ILogger<T>
{
    private readonly List<string> _lines = [];

    /// <summary>What was said so far.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
                return [.. _lines];
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lines)
            _lines.Add($"{formatter(state, exception)}{(exception is null ? "" : $"\n{exception}")}");
    }
}
