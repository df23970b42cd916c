namespace MnistDistributed.Compat.Tests.Cluster;

/// <summary>A cluster of two silos, shared by the tests that leave it whole.</summary>
public sealed class TwoSilos : IAsyncLifetime
{
    public TestSilo First { get; private set; } = null!;

    public TestSilo Second { get; private set; } = null!;

    public static string NewKey() => Guid.NewGuid().ToString("n");

    public async Task InitializeAsync()
    {
        First = await TestSilo.StartAsync("first");
        Second = await TestSilo.StartAsync("second", First);
    }

    public async Task DisposeAsync()
    {
        await Second.DisposeAsync();
        await First.DisposeAsync();
    }
}
