using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;

namespace MnistDistributed.Grains.Hosting.Transport;

/// <summary>The set-up of connections that carry messages of a megabyte.</summary>
public static class TransportExtensions
{
    /// <summary>
    /// Takes the place of Orleans' own sockets, which read 4,096 bytes at a time and pass each on from thread to thread: weights or a
    /// gradient are 220 such pieces. Call it when Orleans has been added.
    /// </summary>
    /// <param name="services">The services of a silo or of a client.</param>
    public static void UseBulkTransport(this IServiceCollection services)
    {
        // Orleans has them under keys that it keeps to itself: silo to silo, client to silo.
        for (int i = 0; i < services.Count; i++)
        {
            var service = services[i];
            if (service.IsKeyedService && service.ServiceType == typeof(IConnectionFactory))
                services[i] = ServiceDescriptor.KeyedSingleton<IConnectionFactory, BulkConnectionFactory>(service.ServiceKey);
            if (service.IsKeyedService && service.ServiceType == typeof(IConnectionListenerFactory))
                services[i] = ServiceDescriptor.KeyedSingleton<IConnectionListenerFactory, BulkConnectionFactory>(service.ServiceKey);
        }
    }
}
