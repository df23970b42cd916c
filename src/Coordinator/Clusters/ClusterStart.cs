using System.Diagnostics;
using System.Globalization;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Model;

namespace MnistDistributed.Coordinator.Clusters;

/// <summary>The start of a local cluster: it starts the silos and waits until they are ready; if that fails, none of them stays.</summary>
/// <param name="options">The cluster.</param>
/// <param name="folder">Where its record and its logs are kept.</param>
/// <param name="program">The silo's program.</param>
/// <param name="output">Is told how far it is.</param>
/// <param name="time">Measures how long the silos take.</param>
public sealed class ClusterStart(
    LocalClusterOptions options, ClusterFolder folder, SiloProgram program, TextWriter output, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    private readonly List<(SiloRecord Silo, Process Process)> _started = [];
    private readonly SiloClient _client = new();
    private readonly HashSet<string> _told = [];
    private readonly long _begin = time.GetTimestamp();

    /// <summary>Starts the silos. Where one keeps the membership it comes first, and the others when it can be reached.</summary>
    /// <returns>What was started.</returns>
    /// <exception cref="ClusterException">A silo ended, or was not ready in time.</exception>
    public async Task<ClusterRecord> Run(CancellationToken cancellationToken)
    {
        var plan = Plan();
        try
        {
            if (options.Redis is null)
            {
                Start(plan[0], primary: null);
                await WaitFor(IsInCluster, cancellationToken);
            }

            foreach (var silo in plan.Skip(_started.Count).ToList())
                Start(silo, options.Redis is null ? plan[0] : null);
            await WaitFor(TakesPart, cancellationToken);
            return Record();
        }
        catch
        {
            await Undo();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        foreach (var (_, process) in _started)
            process.Dispose();
    }

    private List<SiloRecord> Plan()
    {
        var ports = new FreePorts();
        return [.. Enumerable.Range(1, options.Silos).Select(number => new SiloRecord
        {
            Name = $"silo-{number}",
            Pid = 0,
            Started = "",
            SiloPort = ports.Next(options.FirstSiloPort),
            GatewayPort = ports.Next(options.FirstGatewayPort),
            HttpPort = ports.Next(options.FirstHttpPort),
            Log = $"silo-{number}.log",
        })];
    }

    private void Start(SiloRecord silo, SiloRecord? primary)
    {
        Directory.CreateDirectory(folder.Path);
        string log = Path.GetFullPath(folder.Log(silo.Log));
        // What an earlier cluster left would be taken for this one's last words.
        File.Delete(log);
        var process = program.Start(Arguments(silo, primary), options.Redis, log);
        _started.Add((silo with { Pid = process.Id, Started = ProcessTable.StartOf(process.Id) ?? "" }, process));
        // After each, so that even if this process is killed "cluster down" knows them all.
        folder.Write(Record());
    }

    private IEnumerable<string> Arguments(SiloRecord silo, SiloRecord? primary)
    {
        yield return "--name";
        yield return silo.Name;
        foreach (var (option, number) in ((string, int)[])[("--silo-port", silo.SiloPort), ("--gateway-port", silo.GatewayPort),
            ("--http-port", silo.HttpPort), ("--workers", options.Workers)])
        {
            yield return option;
            yield return number.ToString(CultureInfo.InvariantCulture);
        }

        if (options.Transpose)
            yield return "--transpose";
        string? data = FullPath(options.Data);
        string? first = primary is null ? null : $"127.0.0.1:{primary.SiloPort}";
        foreach (var (option, value) in ((string, string?)[])[("--cluster-id", options.ClusterId), ("--service-id", options.ServiceId),
            ("--primary", first), ("--data", data), ("--tls-cert", FullPath(options.Tls?.Certificate)),
            ("--tls-key", FullPath(options.Tls?.Key)), ("--tls-ca", FullPath(options.Tls?.Authority))])
        {
            if (value is not null)
            {
                yield return option;
                yield return value;
            }
        }
    }

    private static string? FullPath(string? path) => path is null ? null : Path.GetFullPath(path);

    private ClusterRecord Record() => new()
    {
        ClusterId = options.ClusterId,
        ServiceId = options.ServiceId,
        Redis = options.Redis?.ToString(),
        Silos = [.. _started.Select(each => each.Silo)],
    };

    /// <summary>Waits until all that were started answer the question with yes, while all of them live.</summary>
    private async Task WaitFor(Func<SiloRecord, CancellationToken, Task<bool>> question, CancellationToken cancellationToken)
    {
        var waiting = _started.Select(each => each.Silo).ToList();
        while (true)
        {
            foreach (var silo in waiting.ToList())
            {
                ThrowIfOneEnded();
                if (await question(silo, cancellationToken))
                    waiting.Remove(silo);
            }

            if (waiting.Count == 0)
                break;
            if (time.GetElapsedTime(_begin) >= options.ReadyWithin)
                throw await Late(waiting[0], cancellationToken);
            await Task.Delay(Poll, cancellationToken);
        }

        ThrowIfOneEnded();
    }

    private void ThrowIfOneEnded()
    {
        var (silo, process) = _started.FirstOrDefault(each => each.Process.HasExited);
        if (process is null)
            return;
        string log = folder.Log(silo.Log), words = LastWords(log);
        throw new ClusterException($"{silo.Name} ended with exit code {process.ExitCode} before the cluster was ready (log "
            + $"{log}){(words.Length > 0 ? $": {OneLine.Brief(words)}" : ".")}");
    }

    private async Task<ClusterException> Late(SiloRecord silo, CancellationToken cancellationToken)
    {
        string why;
        try
        {
            var status = await _client.Status(silo, cancellationToken);
            why = status.Problem ?? $"it is {SiloView.Word(status.State)}";
        }
        catch (ClusterException e)
        {
            why = e.Message;
        }

        return new ClusterException(string.Create(CultureInfo.InvariantCulture,
            $"{silo.Name} was not ready within {options.ReadyWithin.TotalSeconds:0.#} s (log {folder.Log(silo.Log)}): {why}"));
    }

    private async Task<bool> IsInCluster(SiloRecord silo, CancellationToken cancellationToken) =>
        await _client.TryStatus(silo, cancellationToken) is { State: not SiloState.Waiting };

    private async Task<bool> TakesPart(SiloRecord silo, CancellationToken cancellationToken)
    {
        // Asked again, and named if it stays so.
        if (await _client.TryStatus(silo, cancellationToken) is not { } status)
            return false;
        bool isReady = status.State == SiloState.Ready;
        string line = isReady ? $"is ready: workers {status.Capacity}, log {folder.Log(silo.Log)}"
            : $"is {SiloView.Word(status.State)}: {status.Problem}";
        if ((isReady || status.Problem is not null) && _told.Add($"{silo.Name} {line}"))
            output.WriteLine($"{silo.Name} {line}");
        if (isReady && OperatingSystem.IsWindows())
            Replace(silo, silo with { Pid = status.Pid, Started = ProcessTable.StartOf(status.Pid) ?? "" });
        return isReady;
    }

    // There the process that was started is the shell, which does nothing but wait for the silo.
    private void Replace(SiloRecord shell, SiloRecord silo)
    {
        int index = _started.FindIndex(each => each.Silo == shell);
        _started[index] = (silo, _started[index].Process);
        folder.Write(Record());
    }

    private async Task Undo()
    {
        if (_started.Count == 0)
            return;
        var killed = await ClusterEnd.Run(Record(), options.EndWithin, CancellationToken.None);
        folder.Forget();
        // Last, because the terminal may be gone.
        foreach (string line in killed.Lines(options.EndWithin))
            output.WriteLine(line);
    }

    /// <summary>The last line of a log that says something; a stack trace says less than what stands before it.</summary>
    private static string LastWords(string log) => !File.Exists(log) ? "" :
        File.ReadLines(log).Select(line => line.Trim())
            .LastOrDefault(line => line.Length > 0 && !line.StartsWith("at ", StringComparison.Ordinal)) ?? "";
}
