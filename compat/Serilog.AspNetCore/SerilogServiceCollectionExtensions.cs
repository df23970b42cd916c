using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serilog.Extensions.Logging;

namespace Serilog;

/// <summary>Makes Serilog the application's log.</summary>
public static class SerilogServiceCollectionExtensions
{
    /// <summary>Makes Serilog the application's log, and its logger <see cref="Log.Logger"/>, when the first logger is asked for.</summary>
    /// <param name="collection">The application's services.</param>
    /// <param name="configureLogger">Configures it.</param>
    public static IServiceCollection AddSerilog(
        this IServiceCollection collection, Action<IServiceProvider, LoggerConfiguration> configureLogger)
    {
        collection.AddSingleton<ILoggerFactory>(services =>
        {
            var configuration = new LoggerConfiguration();
            configureLogger(services, configuration);
            Log.Logger = configuration.CreateLogger();
            return new SerilogLoggerFactory(Log.Logger, dispose: true);
        });
        return collection;
    }

    /// <summary>Makes Serilog the application's log, and its logger <see cref="Log.Logger"/>, when the first logger is asked for.</summary>
    /// <param name="collection">The application's services.</param>
    /// <param name="configureLogger">Configures it.</param>
    public static IServiceCollection AddSerilog(this IServiceCollection collection, Action<LoggerConfiguration> configureLogger) =>
        collection.AddSerilog((_, configuration) => configureLogger(configuration));
}
