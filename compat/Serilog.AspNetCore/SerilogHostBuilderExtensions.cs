using Microsoft.Extensions.Hosting;

namespace Serilog;

/// <summary>Makes Serilog the host's log.</summary>
public static class SerilogHostBuilderExtensions
{
    /// <summary>Makes Serilog the host's log.</summary>
    /// <param name="builder">The host's builder.</param>
    /// <param name="configureLogger">Configures it.</param>
    public static IHostBuilder UseSerilog(
        this IHostBuilder builder, Action<HostBuilderContext, IServiceProvider, LoggerConfiguration> configureLogger) =>
        builder.ConfigureServices((context, services) =>
            services.AddSerilog((provider, configuration) => configureLogger(context, provider, configuration)));

    /// <summary>Makes Serilog the host's log.</summary>
    /// <param name="builder">The host's builder.</param>
    /// <param name="configureLogger">Configures it.</param>
    public static IHostBuilder UseSerilog(this IHostBuilder builder, Action<HostBuilderContext, LoggerConfiguration> configureLogger) =>
        builder.UseSerilog((context, _, configuration) => configureLogger(context, configuration));
}
