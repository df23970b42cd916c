using Microsoft.Extensions.DependencyInjection;

namespace Orleans.Hosting;

/// <summary>Settings of a silo.</summary>
public static class SiloBuilderExtensions
{
    /// <summary>Sets options.</summary>
    /// <param name="builder">The silo's builder.</param>
    /// <param name="configureOptions">Sets them.</param>
    public static ISiloBuilder Configure<TOptions>(this ISiloBuilder builder, Action<TOptions> configureOptions)
        where TOptions : class
    {
        builder.Services.Configure(configureOptions);
        return builder;
    }

    /// <summary>Adds services.</summary>
    /// <param name="builder">The silo's builder.</param>
    /// <param name="configureDelegate">Adds them.</param>
    public static ISiloBuilder ConfigureServices(this ISiloBuilder builder, Action<IServiceCollection> configureDelegate)
    {
        configureDelegate(builder.Services);
        return builder;
    }
}
