using System.Net;
using System.Text;

namespace MnistDistributed.Testing;

/// <summary>A collector that a program pushes its telemetry to, and all that it has got, by path: <c>/v1/metrics</c> and so on.</summary>
public sealed class OtlpCollector : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<string, StringBuilder> _got = [];
    private readonly string _url = $"http://127.0.0.1:{Ports.Free()}";
    private readonly bool _answers;
    private readonly Task _serving;

    /// <summary>Listens from now on.</summary>
    /// <param name="answers">Whether it does; otherwise it takes what it gets and is silent.</param>
    public OtlpCollector(bool answers = true)
    {
        _answers = answers;
        _listener.Prefixes.Add($"{_url}/");
        _listener.Start();
        _serving = Serve();
    }

    /// <summary>The variables that name it to a program.</summary>
    public Dictionary<string, string> Environment => new()
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = _url,
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
    };

    /// <summary>Where something came to.</summary>
    public IReadOnlyList<string> Paths
    {
        get
        {
            lock (_lock)
                return [.. _got.Keys];
        }
    }

    /// <summary>What came to a path, as text: what is text in it can be found, the rest cannot be read.</summary>
    public string Got(string path)
    {
        lock (_lock)
            return _got.TryGetValue(path, out var text) ? text.ToString() : "";
    }

    /// <summary>Ends it.</summary>
    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving;
        _listener.Close();
    }

    private async Task Serve()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                using var reader = new StreamReader(context.Request.InputStream, Encoding.Latin1);
                string text = await reader.ReadToEndAsync();
                lock (_lock)
                {
                    string path = context.Request.Url!.AbsolutePath;
                    if (!_got.TryGetValue(path, out var all))
                        _got[path] = all = new StringBuilder();
                    all.Append(text);
                }

                if (_answers)
                    context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // It was ended.
        }
    }
}
