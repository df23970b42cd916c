using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Configuration;

namespace MnistDistributed.Grains.Hosting.Tls;

/// <summary>The set-up of mutual TLS between the programs of a cluster.</summary>
public static class TlsExtensions
{
    /// <summary>
    /// Lets only silos in at the silo port, and silos and coordinators at the gateway port. Without TLS everybody is let in who does
    /// not speak it, and the log says who does.
    /// </summary>
    /// <param name="silo">The silo.</param>
    /// <param name="tls">Its TLS; null where it has none.</param>
    public static void UseTls(this ISiloBuilder silo, ClusterTls? tls)
    {
        silo.Services.TryAddSingleton(TimeProvider.System);
        silo.Services.AddSingleton<Refusals>();
        silo.Configure<SiloConnectionOptions>(connections =>
        {
            connections.ConfigureSiloInboundConnection(new InboundConnections(tls, "silo", tls is null ? [] : [tls.Silo]).Configure);
            connections.ConfigureGatewayInboundConnection(
                new InboundConnections(tls, "gateway", tls is null ? [] : [tls.Silo, tls.Coordinator]).Configure);
        });
        silo.Configure<SiloConnectionOptions>(connections => connections.ConfigureSiloOutboundConnection(builder =>
        {
            var refusals = builder.ApplicationServices.GetRequiredService<Refusals>();
            new OutboundConnections(tls, refusals.Failed).Configure(builder);
        }));
        if (tls is not null)
            silo.Services.AddSingleton(tls).AddHostedService<TlsWatch>();
    }

    /// <summary>Connects only to silos, and shows them who connects.</summary>
    /// <param name="client">A coordinator.</param>
    /// <param name="tls">Its TLS; null where it has none.</param>
    /// <param name="told">Told why a silo is not reached, as a sentence without its end; null when another try begins.</param>
    public static void UseTls(this IClientBuilder client, ClusterTls? tls, Action<string?> told)
    {
        client.Configure<ClientConnectionOptions>(connections => connections.ConfigureConnection(
            new OutboundConnections(tls, (silo, why) => told(why is null ? null : $"{silo}: {why}")).Configure));
        if (tls is null)
            return;
        client.Services.TryAddSingleton(TimeProvider.System);
        client.Services.AddSingleton(tls).AddHostedService<TlsWatch>();
    }
}
