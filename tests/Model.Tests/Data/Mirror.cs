using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MnistDistributed.Model.Tests.Data;

/// <summary>A mirror on this machine: every request for a file goes to the given handler, which may misbehave.</summary>
internal sealed class Mirror : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Mirror(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First() + "/mnist/");

    /// <summary>The names asked for, in order.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    public static Task<Mirror> GoodAsync() => StartAsync((name, context) => SendAsync(context, SmallSet.Gzip(SmallSet.Files[name])));

    /// <param name="serve">Gets the file's name without <c>.gz</c>.</param>
    public static async Task<Mirror> StartAsync(Func<string, HttpContext, Task> serve)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var mirror = new Mirror(builder.Build());
        mirror._app.MapGet("/mnist/{name}.gz", (string name, HttpContext context) =>
        {
            mirror.Asked.Enqueue(name);
            return serve(name, context);
        });
        await mirror._app.StartAsync();
        return mirror;
    }

    public static async Task SendAsync(HttpContext context, byte[] body)
    {
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
