using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using MnistDistributed.Grains.Liveness;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Grains.Telemetry;
using MnistDistributed.Grains.Workers;

namespace MnistDistributed.Grains.Hosting;

/// <summary>The set-up that makes a silo take part in training.</summary>
public static class TrainingSiloExtensions
{
    /// <summary>
    /// Adds what the grains need, and the worker pool. Call it after <c>UseOrleans</c>: the pool starts when the silo is up, and stops
    /// before it goes.
    /// </summary>
    /// <param name="services">The silo's services.</param>
    /// <param name="data">The silo's data set.</param>
    /// <param name="options">How it takes part; the defaults if null.</param>
    public static IServiceCollection AddTraining(this IServiceCollection services, IDataSetSource data, TrainingSiloOptions? options = null)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(data);
        options ??= new TrainingSiloOptions();
        services.AddSingleton(options);
        services.TryAddSingleton(provider => new RunMeters(provider.GetRequiredService<TimeProvider>(), options.Linger));
        services.AddSingleton<LocalServers>();
        services.AddSingleton<SiloRelays>();
        services.AddSingleton<IPortProbe, TcpProbe>();
        services.AddSingleton<WorkerPool>();
        services.AddHostedService(provider => provider.GetRequiredService<WorkerPool>());
        return services;
    }
}
