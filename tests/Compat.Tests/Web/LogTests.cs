using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace MnistDistributed.Compat.Tests.Web;

public sealed class LogTests
{
    [Fact]
    public async Task The_hosts_log_and_its_requests_go_to_Serilog()
    {
        var sink = new Sink();
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(sink);
        builder.Host.UseSerilog((context, services, configuration) => configuration
            .MinimumLevel.Override("Microsoft", LogEventLevel.Fatal)
            .Enrich.WithProperty("Application", context.HostingEnvironment.ApplicationName)
            .WriteTo.Sink(services.GetRequiredService<Sink>()));
        await using var app = builder.Build();
        app.UseSerilogRequestLogging();
        app.MapGet("/good", () => "good");
        app.MapGet("/bad", () => Results.StatusCode(503));
        app.MapGet("/broken", string () => throw new InvalidOperationException("broken"));
        await app.StartAsync();
        app.Services.GetRequiredService<ILogger<LogTests>>().LogInformation("Answer {Answer}", 42);
        using var client = new HttpClient();
        foreach (var path in new[] { "/good", "/bad", "/broken" })
            (await client.GetAsync(new Uri(app.Urls.Single() + path))).Dispose();
        await app.StopAsync();

        var answer = sink.Events.Single(log => log.Properties.ContainsKey("Answer"));
        Assert.Equal("Answer 42", answer.RenderMessage());
        Assert.Equal($"\"{typeof(LogTests).FullName}\"", answer.Properties["SourceContext"].ToString());
        Assert.Contains("Application", answer.Properties.Keys);
        AssertRequest(sink, "/good", 200, LogEventLevel.Information, null);
        AssertRequest(sink, "/bad", 503, LogEventLevel.Error, null);
        AssertRequest(sink, "/broken", 500, LogEventLevel.Error, "broken");
    }

    [Fact]
    public void Services_alone_are_enough()
    {
        var sink = new Sink();
        var services = new ServiceCollection();
        services.AddSerilog((_, configuration) => configuration.WriteTo.Sink(sink));
        services.AddLogging();
        using (var provider = services.BuildServiceProvider())
            provider.GetRequiredService<ILoggerFactory>().CreateLogger("name").LogWarning("Careful");
        var log = Assert.Single(sink.Events);
        Assert.Equal(LogEventLevel.Warning, log.Level);
    }

    private static void AssertRequest(Sink sink, string path, int status, LogEventLevel level, string? exception)
    {
        var log = sink.Events.Single(log => log.Properties.TryGetValue("RequestPath", out var value)
            && value.ToString() == $"\"{path}\"" && log.Properties.ContainsKey("Elapsed"));
        Assert.Equal(level, log.Level);
        Assert.Equal(exception, log.Exception?.Message);
        Assert.Equal("\"GET\"", log.Properties["RequestMethod"].ToString());
        Assert.Equal(status.ToString(System.Globalization.CultureInfo.InvariantCulture), log.Properties["StatusCode"].ToString());
        Assert.Equal("\"Serilog.AspNetCore.RequestLoggingMiddleware\"", log.Properties["SourceContext"].ToString());
        Assert.Equal("HTTP {RequestMethod} {RequestPath} responded {StatusCode} in {Elapsed:0.0000} ms", log.MessageTemplate.Text);
    }

    private sealed class Sink : ILogEventSink
    {
        public ConcurrentQueue<LogEvent> Events { get; } = new();

        public void Emit(LogEvent logEvent) => Events.Enqueue(logEvent);
    }
}
