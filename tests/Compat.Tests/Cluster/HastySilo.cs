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
            options.CollectionAge = TimeSpan.FromMilliseconds(500);
        });
    });

    public async Task DisposeAsync() => await Silo.DisposeAsync();
}
