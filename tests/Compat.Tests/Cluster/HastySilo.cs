using Orleans.Configuration;

namespace MnistDistributed.Compat.Tests.Cluster;

/// <summary>A silo that soon gives up on replies and soon collects what is idle.</summary>
public sealed class HastySilo : IAsyncLifetime
{
    public TestSilo Silo { get; private set; } = null!;

    public async Task InitializeAsync() => Silo = await TestSilo.StartAsync("hasty", configure: silo =>
    {
        silo.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromSeconds(3));
        silo.Configure<GrainCollectionOptions>(options =>
        {
            options.CollectionQuantum = TimeSpan.FromMilliseconds(200);
            // Long beside the tick of a timer, so that a machine that stalls for a moment does not make a busy grain look idle.
            options.CollectionAge = TimeSpan.FromSeconds(3);
        });
    });

    public async Task DisposeAsync() => await Silo.DisposeAsync();
}
