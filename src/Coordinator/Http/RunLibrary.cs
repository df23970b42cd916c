using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using MnistDistributed.Coordinator.Reports;
using MnistDistributed.Coordinator.Runs;

namespace MnistDistributed.Coordinator.Http;

/// <summary>
/// The runs of a folder over HTTP: <c>/</c> lists them, <c>/runs.json</c> does so for programs, <c>/runs/ID/report.html</c> and the other
/// files of a result lie below. It only reads, and nothing but these files.
/// </summary>
/// <param name="folder">The folder with the runs' folders; it may come later.</param>
/// <param name="time">The clock.</param>
public sealed class RunLibrary(string folder, TimeProvider time)
{
    /// <summary>The files that are served of a run, by their types.</summary>
    public static IReadOnlyDictionary<string, string> Files { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["report.html"] = "text/html; charset=utf-8",
        ["metrics.json"] = "application/json; charset=utf-8",
        ["history.csv"] = "text/csv; charset=utf-8",
        ["confusion.csv"] = "text/csv; charset=utf-8",
        ["misclassified.csv"] = "text/csv; charset=utf-8",
        ["spec.json"] = "application/json; charset=utf-8",
        ["model.safetensors"] = "application/octet-stream",
    };

    /// <summary>Makes the server, not started yet.</summary>
    /// <param name="socket">What it listens on.</param>
    public WebApplication Build(Socket socket)
    {
        var app = HttpHost.Build(socket);
        app.MapHealth(() => Problem);
        app.MapGet("/", context => HttpHost.Answer(context, StatusCodes.Status200OK, RunsPage.Render(Runs, time.GetUtcNow()), "text/html"));
        app.MapGet("/runs.json", context =>
            HttpHost.Answer(context, StatusCodes.Status200OK, RunEntry.ToJson(Runs), "application/json"));
        app.MapGet("/runs/{id}/{file}", Send);
        return app;
    }

    private IReadOnlyList<RunEntry> Runs => RunEntry.All(folder, time);

    private string? Problem
    {
        get
        {
            try
            {
                if (!Directory.Exists(folder))
                    return $"There is no folder {folder} yet.";
                // What may not be read is said; the runs are read when somebody asks for them.
                _ = Directory.EnumerateDirectories(folder).Any();
                return null;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return e.Message;
            }
        }
    }

    private async Task Send(HttpContext context)
    {
        string id = (string)context.Request.RouteValues["id"]!, file = (string)context.Request.RouteValues["file"]!;
        // Only names that are there are used: whatever else one may write leads nowhere.
        string? run = Files.ContainsKey(file) && Directory.Exists(folder)
            ? Array.Find(Directory.GetDirectories(folder), path => Path.GetFileName(path) == id && RunFolder.IsRun(path)) : null;
        string? found = run is null ? null : Path.Combine(run, file);
        if (!File.Exists(found))
        {
            await HttpHost.Answer(context, StatusCodes.Status404NotFound, "There is no such file of a run, or not yet.");
            return;
        }

        context.Response.ContentType = Files[file];
        context.Response.Headers.XContentTypeOptions = "nosniff";
        await context.Response.SendFileAsync(found, context.RequestAborted);
    }
}
