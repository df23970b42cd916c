using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Serilog.Events;

namespace Serilog;

/// <summary>Writes a line for each request.</summary>
public static class SerilogApplicationBuilderExtensions
{
    private const string Message = "HTTP {RequestMethod} {RequestPath} responded {StatusCode} in {Elapsed:0.0000} ms";

    /// <summary>Writes a line for each request that passes here: an error if it fails, else information.</summary>
    /// <param name="app">The application.</param>
    public static IApplicationBuilder UseSerilogRequestLogging(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        var start = Stopwatch.GetTimestamp();
        try
        {
            await next(context);
            Write(context, context.Response.StatusCode, start, null);
        }
        // A filter sees the exception on its way and lets it pass.
        catch (Exception exception) when (Write(context, StatusCodes.Status500InternalServerError, start, exception))
        {
        }
    });

    private static bool Write(HttpContext context, int status, long start, Exception? exception)
    {
        var level = exception is not null || status >= 500 ? LogEventLevel.Error : LogEventLevel.Information;
        Log.ForContext("SourceContext", "Serilog.AspNetCore.RequestLoggingMiddleware").Write(
            level, exception, Message, context.Request.Method, context.Request.Path, status, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        return false;
    }
}
