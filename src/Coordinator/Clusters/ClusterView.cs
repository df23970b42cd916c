using System.Globalization;
using MnistDistributed.Coordinator.Reports;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Workers;
using Spectre.Console;

namespace MnistDistributed.Coordinator.Clusters;

/// <summary>How a local cluster is, as people are shown it: its silos, its runs, and what is wrong.</summary>
/// <param name="cluster">What was started.</param>
/// <param name="silos">What was found, a view a silo.</param>
/// <param name="folder">The cluster's folder.</param>
public sealed class ClusterView(ClusterRecord cluster, IReadOnlyList<SiloView> silos, ClusterFolder folder)
{
    private const double MiB = 1024 * 1024;

    /// <summary>Asks every silo of a cluster.</summary>
    public static async Task<ClusterView> Look(ClusterRecord cluster, ClusterFolder folder, CancellationToken cancellationToken)
    {
        using var client = new SiloClient();
        return new ClusterView(
            cluster, await Task.WhenAll(cluster.Silos.Select(silo => Look(client, silo, folder, cancellationToken))), folder);
    }

    /// <summary>The silos.</summary>
    public IReadOnlyList<SiloView> Silos => silos;

    /// <summary>Prints it, as plain text where the console is no terminal.</summary>
    public void Print(IAnsiConsole console)
    {
        console.WriteLine($"Cluster {cluster.ClusterId}, {cluster.Clustering} clustering, silos on 127.0.0.1");
        console.WriteLine();
        console.Write(Table());
        console.WriteLine();
        foreach (string run in Runs())
            console.WriteLine(run);
        foreach (string problem in Problems())
            console.WriteLine(problem);
    }

    private Table Table()
    {
        var table = new Table().NoBorder();
        foreach (string title in (string[])["silo", "state", "workers", "cores", "memory", "pid", "silo/gateway/http", "log"])
            table.AddColumn(new TableColumn(title).PadRight(2).NoWrap());
        foreach (var view in silos)
            table.AddRow([.. Cells(view).Select(text => new Text(text))]);
        return table;
    }

    private IEnumerable<string> Cells(SiloView view) =>
    [
        view.Silo.Name,
        view.State,
        Known(view, status => $"{status.Workers.Count}/{status.Capacity}"),
        Known(view, status => Format.Fixed(status.Cores, 2)),
        Known(view, status => string.Create(CultureInfo.InvariantCulture, $"{status.MemoryBytes / MiB:F0} MiB")),
        view.Silo.Pid.ToString(CultureInfo.InvariantCulture),
        $"{view.Silo.SiloPort}/{view.Silo.GatewayPort}/{view.Silo.HttpPort}",
        folder.Log(view.Silo.Log),
    ];

    private static string Known(SiloView view, Func<SiloReport, string> text) => view.Status is null ? "-" : text(view.Status);

    /// <summary>A line a run: its workers, each <c>run/silo/index</c>, and where its parameter server is.</summary>
    private IEnumerable<string> Runs() =>
        from view in silos
        from worker in view.Status?.Workers ?? []
        group worker by WorkerName.RunOf(worker) into run
        orderby run.Key
        let server = silos.FirstOrDefault(view => view.Status?.ParameterServers.Contains(run.Key) == true)
        select $"Run {run.Key}: {run.Count()} "
            + $"{(run.Count() == 1 ? "worker" : "workers")}{(server is null ? "" : $", parameter server on {server.Silo.Name}")}";

    private IEnumerable<string> Problems()
    {
        foreach (var view in silos.Where(view => view.Problem is not null))
            yield return view.Problem!;
        if (cluster.Primary is { IsRunning: false } primary)
            yield return $"{primary.Name} was the primary, and with localhost clustering the cluster ends with it: ./mnist cluster down, "
                + "then up, then ./mnist train --resume the run. With --redis any silo may die.";
    }

    private static async Task<SiloView> Look(SiloClient client, SiloRecord silo, ClusterFolder folder, CancellationToken cancellationToken)
    {
        if (!silo.IsRunning)
            return new SiloView(
                silo, "gone", $"{silo.Name} (process {silo.Pid}) has ended; what it said last is in {folder.Log(silo.Log)}", Status: null);
        try
        {
            var status = await client.Status(silo, cancellationToken);
            string? problem = status.Problem is null ? null : $"{silo.Name}: {status.Problem}";
            return new SiloView(silo, SiloView.Word(status.State), problem, status);
        }
        catch (ClusterException e)
        {
            return new SiloView(silo, "silent", e.Message, Status: null);
        }
    }
}
