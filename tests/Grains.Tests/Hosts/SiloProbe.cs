using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Grains.Workers;
using MnistDistributed.Model.Data;

namespace MnistDistributed.Grains.Tests.Hosts;

/// <summary>What a test sees of one silo from inside: whether its workers ask for data, and what its parameter servers log.</summary>
/// <param name="silo">The silo.</param>
/// <param name="data">The data set that it serves.</param>
/// <param name="homes">Is told by which silo a term of a run was last opened.</param>
public sealed class SiloProbe(string silo, DataSet data, ConcurrentDictionary<string, string> homes)
    : IDataSetSource, ILoggerProvider, ILogger
{
    private readonly TaskCompletionSource _dataAskedFor = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<string, bool> _handedOver = new();

    /// <summary>Whether the parameter server of a run handed its state over.</summary>
    public bool HandedOver(string run) => _handedOver.ContainsKey(run);

    /// <summary>Completes when a worker asks for the data, on its way into a run.</summary>
    public Task DataAskedFor => _dataAskedFor.Task;

    public Task<DataSet> Get(CancellationToken cancellationToken)
    {
        _dataAskedFor.TrySetResult();
        return Task.FromResult(data);
    }

    public ILogger CreateLogger(string categoryName) =>
        categoryName == typeof(ParameterServerGrain).FullName ? this : NullLogger.Instance;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (state is not IReadOnlyList<KeyValuePair<string, object?>> values
            || values.FirstOrDefault(value => value.Key == "Run").Value is not string run)
            return;
        if (eventId.Name == "LogOpened")
            homes[run] = silo;
        if (eventId.Name == "LogHandedOver")
            _handedOver[run] = true;
    }

    public void Dispose()
    {
    }
}
