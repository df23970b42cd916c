using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Microsoft.Extensions.Hosting;

/// <summary>Makes a host a silo.</summary>
public static class OrleansSiloGenericHostExtensions
{
    /// <summary>Makes the host a silo.</summary>
    /// <param name="hostAppBuilder">The host's builder.</param>
    /// <param name="configureDelegate">Configures the silo.</param>
    public static HostApplicationBuilder UseOrleans(this HostApplicationBuilder hostAppBuilder, Action<ISiloBuilder> configureDelegate)
    {
        AddSilo(hostAppBuilder.Services, hostAppBuilder.Configuration, configureDelegate);
        return hostAppBuilder;
    }

    /// <summary>Makes the host a silo.</summary>
    /// <param name="hostAppBuilder">The host's builder.</param>
    /// <param name="configureDelegate">Configures the silo.</param>
    public static IHostApplicationBuilder UseOrleans(this IHostApplicationBuilder hostAppBuilder, Action<ISiloBuilder> configureDelegate)
    {
        AddSilo(hostAppBuilder.Services, hostAppBuilder.Configuration, configureDelegate);
        return hostAppBuilder;
    }

    /// <summary>Makes the host a silo.</summary>
    /// <param name="hostBuilder">The host's builder.</param>
    /// <param name="configureDelegate">Configures the silo.</param>
    public static IHostBuilder UseOrleans(this IHostBuilder hostBuilder, Action<HostBuilderContext, ISiloBuilder> configureDelegate) =>
        hostBuilder.ConfigureServices((context, services) =>
            AddSilo(services, context.Configuration, silo => configureDelegate(context, silo)));

    /// <summary>Makes the host a silo.</summary>
    /// <param name="hostBuilder">The host's builder.</param>
    /// <param name="configureDelegate">Configures the silo.</param>
    public static IHostBuilder UseOrleans(this IHostBuilder hostBuilder, Action<ISiloBuilder> configureDelegate) =>
        hostBuilder.UseOrleans((_, silo) => configureDelegate(silo));

    private static void AddSilo(IServiceCollection services, IConfiguration configuration, Action<ISiloBuilder> configure)
    {
        if (services.All(service => service.ServiceType != typeof(Silo)))
        {
            services.AddSingleton<Silo>();
            services.AddSingleton<ILocalSiloDetails>(provider => provider.GetRequiredService<Silo>());
            services.AddSingleton<GrainFactory>();
            services.AddSingleton<IGrainFactory>(provider => provider.GetRequiredService<GrainFactory>());
            services.AddSingleton<IClusterClient>(provider => provider.GetRequiredService<GrainFactory>());
            services.AddHostedService(provider => provider.GetRequiredService<Silo>());
        }
        configure(new SiloBuilder(services, configuration));
    }

    private sealed record SiloBuilder(IServiceCollection Services, IConfiguration Configuration) : ISiloBuilder;
}
