using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Telemetry;

namespace MnistDistributed.Coordinator.Http;

/// <summary>
/// What answers over HTTP for a coordinator. Nothing of the working folder or of the environment shapes it, but for what OpenTelemetry's
/// own variables say.
/// </summary>
public static class HttpHost
{
    // Whoever is in the middle of a request when the process ends has so long.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Makes a server with <c>/metrics</c>, which is neither started nor has any other address yet.</summary>
    /// <param name="socket">What it listens on.</param>
    public static WebApplication Build(Socket socket)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Limit(kestrel, (IPEndPoint)socket.LocalEndPoint!));
        builder.Services.Configure<SocketTransportOptions>(transport => transport.CreateBoundListenSocket = _ => socket);
        builder.Services.AddRoutingCore();
        Complete(builder);
        var app = builder.Build();
        app.MapPrometheusScrapingEndpoint();
        return app;
    }

    /// <summary>Makes a host that only pushes to a collector.</summary>
    public static IHost BuildPushing()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        Complete(builder);
        return builder.Build();
    }

    /// <summary>Adds <c>/health/live</c> and <c>/health/ready</c>.</summary>
    /// <param name="app">The server.</param>
    /// <param name="problem">Why it is not ready, as one line; null if it is.</param>
    public static void MapHealth(this WebApplication app, Func<string?> problem)
    {
        app.MapGet("/health/live", context => Answer(context, StatusCodes.Status200OK, "live"));
        app.MapGet("/health/ready", context => problem() is { } line
            ? Answer(context, StatusCodes.Status503ServiceUnavailable, line)
            : Answer(context, StatusCodes.Status200OK, "ready"));
    }

    /// <summary>Answers with text.</summary>
    public static Task Answer(HttpContext context, int code, string text, string type = "text/plain")
    {
        (context.Response.StatusCode, context.Response.ContentType) = (code, $"{type}; charset=utf-8");
        return context.Response.WriteAsync(text);
    }

    private static void Complete(IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        // Each scrape is a request, with several lines of its own.
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.AddTelemetry("mnist-coordinator");
    }

    private static void Limit(KestrelServerOptions kestrel, IPEndPoint address)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = 100;
        kestrel.Limits.MaxRequestBodySize = 0;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 << 10;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Listen(address);
    }
}
