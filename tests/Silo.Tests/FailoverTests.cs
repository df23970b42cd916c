using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using MnistDistributed.Silo.Tests.Processes;
using Orleans.Configuration;

namespace MnistDistributed.Silo.Tests;

/// <summary>How a cluster finds out that the silo of a parameter server is gone, or stands still.</summary>
public sealed class FailoverTests
{
    private const string Found = "Nobody listens at silo";

    [Fact]
    public async Task A_killed_parameter_server_is_found_by_its_coordinator_s_question_where_no_probe_notices()
    {
        // The probes of these would not notice within the life of the test.
        await using var cluster = new RedisCluster { SiloArguments = ["--probe-timeout", "600"] };
        await cluster.Have(3);
        await using var held = await HeldRun.Start(cluster.Silos, () => cluster.Train());
        held.LetGo();
        held.Server.Process.Signal("KILL");
        await held.Train.Line("The parameter server is lost");

        Assert.Contains(Found, cluster.Silos.Said, StringComparison.Ordinal);
        Assert.Equal(await ClusterWorkspace.Reference, await cluster.Workspace.Weights(held.Train));
    }

    [Fact]
    public async Task A_parameter_server_that_stands_still_is_found_by_the_probes_and_by_nothing_else()
    {
        await using var cluster = new RedisCluster();
        await cluster.Have(3);
        await using var held = await HeldRun.Start(cluster.Silos, () => cluster.Train());
        held.LetGo();
        held.Server.Process.Signal("STOP");
        await held.Train.Line("The parameter server is lost");

        Assert.DoesNotContain(Found, cluster.Silos.Said, StringComparison.Ordinal);
        Assert.Contains("Did not get response for probe", cluster.Silos.Said, StringComparison.Ordinal);
        Assert.Equal(await ClusterWorkspace.Reference, await cluster.Workspace.Weights(held.Train));
    }

    [Fact]
    public void A_silo_that_says_nothing_is_spared_for_its_missed_probes_and_no_longer()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleans(silo => silo.UseClustering(new SiloOptions { ProbeTimeout = TimeSpan.FromSeconds(2), MissedProbes = 4 }));
        using var host = builder.Build();
        var options = host.Services.GetRequiredService<IOptions<ClusterMembershipOptions>>().Value;
        // Orleans spares whoever has said anything within this product.
        Assert.Equal(TimeSpan.FromSeconds(8), options.MaxProbeTimeout * options.NumMissedProbesLimit);
    }
}
