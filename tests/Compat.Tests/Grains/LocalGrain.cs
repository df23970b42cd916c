using MnistDistributed.Compat.Tests.Cluster;
using Orleans.Placement;

namespace MnistDistributed.Compat.Tests.Grains;

[PreferLocalPlacement]
public sealed class LocalGrain(ILocalSiloDetails silo) : Grain, ILocalGrain
{
    public Task<string> SiloAsync() => Task.FromResult(silo.Name);

    public Task<int> ChangeAsync(Mutable message)
    {
        message.Number++;
        message.Bytes[0]++;
        message.Table["new"] = [.. message.Bytes];
        Trace.Of(this.GetPrimaryKeyString()).Held = message;
        return Task.FromResult(message.Number);
    }

    public Task<Mutable> SameAsync(Mutable message)
    {
        Trace.Of(this.GetPrimaryKeyString()).Held = message;
        return Task.FromResult(message);
    }

    public Task<Frozen> KeepAsync(Frozen message)
    {
        Trace.Of(this.GetPrimaryKeyString()).Held = message;
        return Task.FromResult(message);
    }

    public Task<Positional> PositionalAsync(Positional message) => Task.FromResult(message with { Name = message.Name + "!" });

    public Task<Child> ChildAsync(Child message) => Task.FromResult(message);

    public Task TakeAsync(object message) => Task.CompletedTask;

    public Task<object> GiveUnmarkedAsync() => Task.FromResult<object>(new Unmarked { Number = 1 });

    public async Task<string> CallBackAsync(string plainGrain) =>
        await GrainFactory.GetGrain<IPlainGrain>(plainGrain).EchoAsync("from " + silo.Name);
}
