using System.Net;
using MnistDistributed.Grains.Hosting.Tls;

namespace MnistDistributed.Silo;

/// <summary>The TLS of a silo process, or the warning that it has none.</summary>
public static partial class SiloTls
{
    /// <summary>Sets the silo's TLS up. A silo without it, that others than this machine's programs can reach, says so once.</summary>
    public static void UseTls(this ISiloBuilder silo, SiloOptions options)
    {
        silo.UseTls(options.Tls);
        if (options.Tls is null && (options.ListenAny || !IPAddress.IsLoopback(options.Address)))
            silo.AddStartupTask((services, _) =>
            {
                LogOpen(services.GetRequiredService<ILogger<SiloOptions>>(), options.ListenAny ? "every interface" : $"{options.Address}");
                return Task.CompletedTask;
            });
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Whoever reaches this silo's ports on {Where} can read and change every run: give "
        + "--tls-cert, --tls-key and --tls-ca, or see to it that only silos and coordinators can")]
    private static partial void LogOpen(ILogger logger, string where);
}
