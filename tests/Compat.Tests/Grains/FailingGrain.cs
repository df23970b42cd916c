using MnistDistributed.Compat.Tests.Cluster;

namespace MnistDistributed.Compat.Tests.Grains;

public sealed class FailingGrain : Grain, IFailingGrain
{
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var trace = Trace.Of(this.GetPrimaryKeyString());
        if (trace.Log.Count > 0)
            return Task.CompletedTask;
        trace.Add("failed");
        throw new InvalidOperationException("Not yet.");
    }

    public Task<string> EchoAsync(string text) => Task.FromResult(text);
}
