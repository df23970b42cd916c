using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace MnistDistributed.Deploy.Tests.Watching;

/// <summary>Takes what is pushed over OTLP, as protobuf over HTTP, in which names are readable as they are.</summary>
internal sealed class Collector : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _bodies = new();

    /// <summary>Listens from now on.</summary>
    public Collector()
    {
        _listener.Prefixes.Add($"{Address}/");
        _listener.Start();
        _ = Receive();
    }

    /// <summary>Where.</summary>
    public string Address { get; } = $"http://127.0.0.1:{Ports.Free()}";

    /// <summary>All that was pushed of a signal: traces, metrics or logs.</summary>
    public string Received(string signal) =>
        string.Join('\n', _bodies.TryGetValue($"/v1/{signal}", out var bodies) ? bodies : []);

    public void Dispose() => _listener.Close();

    private async Task Receive()
    {
        while (_listener.IsListening)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                _bodies.GetOrAdd(context.Request.Url!.AbsolutePath, _ => []).Enqueue(Encoding.Latin1.GetString(body.ToArray()));
                context.Response.ContentType = "application/x-protobuf";
                context.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                // It was closed.
                return;
            }
        }
    }
}
