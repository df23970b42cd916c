using MnistDistributed.Grains.Hosting;
using MnistDistributed.Silo.Tests.Processes;

namespace MnistDistributed.Silo.Tests;

/// <summary>Silo processes of which the first keeps the membership.</summary>
public sealed class LocalhostClusterTests : IAsyncDisposable
{
    private readonly ClusterWorkspace _workspace = new();
    private readonly SiloGroup _silos = new();

    public async ValueTask DisposeAsync()
    {
        await _silos.DisposeAsync();
        _workspace.Dispose();
    }

    [Fact]
    public async Task One_silo_process_and_three_give_the_weights_of_one_process()
    {
        var primary = Add("--workers", "2");
        await _silos.Ready();
        await using var onOne = _workspace.Train("--cluster", primary.GatewayAddress);
        Assert.Equal(await ClusterWorkspace.Reference, await _workspace.Weights(onOne));
        Assert.Contains("2 workers on 1 silo", onOne.Said, StringComparison.Ordinal);

        Add("--workers", "1", "--primary", primary.SiloAddress);
        Add("--workers", "1", "--primary", primary.SiloAddress);
        await _silos.Ready();
        await using var onThree =
            _workspace.Train("--cluster", string.Join(',', _silos.Alive.Select(silo => silo.GatewayAddress)), "--min-silos", "3");
        Assert.Equal(await ClusterWorkspace.Reference, await _workspace.Weights(onThree));
        Assert.Contains("4 workers on 3 silos", onThree.Said, StringComparison.Ordinal);
        Assert.All(_silos.Alive, silo => silo.AssertLog());
    }

    [Fact]
    public async Task A_silo_joins_a_run_and_when_the_primary_is_killed_the_run_ends_and_says_why_and_resumes_in_process()
    {
        var primary = Add("--workers", "1");
        await _silos.Ready();
        // Started without the other silo, the run's parameter server is the primary's.
        await using var held = await HeldRun.Start(_silos, () =>
            _workspace.Train("--cluster", primary.GatewayAddress, "--workers", "2", "--unreachable", "2"));
        var other = Add("--workers", "1", "--primary", primary.SiloAddress);
        await SiloGroup.Until(other, report => report.Workers.Contains($"{held.Run}/{other.Name}/0"));
        primary.Process.Signal("KILL");
        held.LetGo();
        await SiloGroup.Until(other, report => report.State == SiloState.Outside && report.Problem!.StartsWith(
            $"The membership table cannot be read from the primary silo at {primary.SiloAddress}: ", StringComparison.Ordinal));

        Assert.Equal(1, await held.Train.End());
        string error = Assert.Single(held.Train.Error);
        Assert.StartsWith("The cluster does not answer: nothing came back for 2 s.", error, StringComparison.Ordinal);
        Assert.Contains("A cluster with a primary silo is over when that one is gone", error, StringComparison.Ordinal);
        Assert.EndsWith($"Go on with: ./mnist train --resume runs/{held.Run} --data data", error, StringComparison.Ordinal);
        await using var resumed = _workspace.Resume(held.Run, "--workers", "2");
        Assert.Equal(await ClusterWorkspace.Reference, await _workspace.Weights(resumed));
    }

    private TestSilo Add(params IEnumerable<string> arguments)
    {
        var silo = TestSilo.Start($"silo-{_silos.Alive.Count + 1}", _workspace.Folder, ["--data", "data", .. arguments]);
        _silos.Add(silo);
        return silo;
    }
}
