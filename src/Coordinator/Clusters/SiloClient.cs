using System.Net.Http.Json;
using System.Text.Json;
using MnistDistributed.Grains.Hosting;

namespace MnistDistributed.Coordinator.Clusters;

/// <summary>A client that asks silo processes of this machine how they are.</summary>
public sealed class SiloClient : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false })
    {
        Timeout = TimeSpan.FromSeconds(2),
        MaxResponseContentBufferSize = 1 << 20,
    };

    /// <summary>What it says of itself; null if it does not answer, or another program does.</summary>
    public async Task<SiloReport?> TryStatus(SiloRecord silo, CancellationToken cancellationToken)
    {
        try
        {
            return await Status(silo, cancellationToken);
        }
        catch (ClusterException)
        {
            return null;
        }
    }

    /// <summary>What it says of itself.</summary>
    /// <exception cref="ClusterException">It does not answer, or another program does.</exception>
    public async Task<SiloReport> Status(SiloRecord silo, CancellationToken cancellationToken)
    {
        SiloReport? status;
        try
        {
            status = await _http.GetFromJsonAsync<SiloReport>(Address(silo, "/status"), SiloReport.Json, cancellationToken);
        }
        catch (Exception e) when (IsNoAnswer(e, cancellationToken))
        {
            throw new ClusterException($"{silo.Name} (process {silo.Pid}) does not answer on {Address(silo, "")}");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new ClusterException($"What answers on {Address(silo, "")} is no silo of this version");
        }

        // On Windows the record may still have the shell that the silo was started with.
        if (status is null || status.Name != silo.Name || (status.Pid != silo.Pid && !OperatingSystem.IsWindows()))
            throw new ClusterException(
                $"What answers on {Address(silo, "")} is not {silo.Name} (process {silo.Pid}), but {status?.Name} (process {status?.Pid})");
        return status;
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    // HttpClient tells its own time-out by a cancellation that nobody asked for.
    private static bool IsNoAnswer(Exception e, CancellationToken asked) =>
        e is HttpRequestException || (e is OperationCanceledException && !asked.IsCancellationRequested);

    private static string Address(SiloRecord silo, string path) => $"http://127.0.0.1:{silo.HttpPort}{path}";
}
