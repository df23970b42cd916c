namespace MnistDistributed.Compat.Tests.Grains;

public sealed class AmbientGrain : Grain, IAmbientGrain
{
    public static AsyncLocal<string> Ambient { get; } = new();

    public Task<string> AmbientAsync() => Task.FromResult(Ambient.Value ?? "none");
}
