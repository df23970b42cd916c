namespace MnistDistributed.Compat.Tests.Grains;

/// <summary>A grain that is activated where it is first called; it keeps what it gets.</summary>
public interface ILocalGrain : IGrainWithStringKey
{
    Task<string> SiloAsync();

    Task<int> ChangeAsync(Mutable message);

    Task<Mutable> SameAsync(Mutable message);

    Task<Frozen> KeepAsync(Frozen message);

    Task<Positional> PositionalAsync(Positional message);

    Task<Child> ChildAsync(Child message);

    Task TakeAsync(object message);

    Task<object> GiveUnmarkedAsync();

    Task<string> CallBackAsync(string plainGrain);
}
