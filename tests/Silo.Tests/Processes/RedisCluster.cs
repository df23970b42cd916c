namespace MnistDistributed.Silo.Tests.Processes;

/// <summary>
/// A Redis of its own, and silo processes that find each other through it; those that a test ended are made up for before the next.
/// </summary>
public sealed class RedisCluster : IAsyncDisposable
{
    private ProgramProcess? _redis;
    private int _started;

    internal ClusterWorkspace Workspace { get; } = new();

    internal SiloGroup Silos { get; } = new();

    internal string Redis { get; } = $"127.0.0.1:{Ports.Free()}";

    public async ValueTask DisposeAsync()
    {
        await Silos.DisposeAsync();
        if (_redis is not null)
            await _redis.DisposeAsync();
        Workspace.Dispose();
    }

    /// <summary>What its silos are given besides.</summary>
    internal IReadOnlyList<string> SiloArguments { get; init; } = [];

    /// <summary>Makes sure of so many silos, with one worker each.</summary>
    internal async Task<IReadOnlyList<TestSilo>> Have(int count)
    {
        await StartRedis();
        do
        {
            while (Silos.Alive.Count < count)
                Add("data");
            await Task.WhenAll(Silos.Alive.Select(silo => silo.ReadyOrOver()));
        }
        while (Silos.Alive.Count < count);
        return Silos.Alive;
    }

    /// <summary>Starts Redis, unless it runs.</summary>
    internal async Task<ProgramProcess> StartRedis()
    {
        if (_redis is null)
        {
            Needs.Redis();
            _redis = ProgramProcess.Start("redis-server", Workspace.Folder,
                ["--port", Redis.Split(':')[1], "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
            await _redis.Line("Ready to accept connections");
        }

        return _redis;
    }

    /// <summary>Starts another silo.</summary>
    internal TestSilo Add(string data, params IEnumerable<string> arguments)
    {
        var silo = TestSilo.Start($"silo-{++_started}", Workspace.Folder,
            ["--redis", Redis, "--data", data, "--workers", "1", .. SiloArguments, .. arguments]);
        Silos.Add(silo);
        return silo;
    }

    /// <summary>Starts a coordinator that trains on the silos that are there.</summary>
    internal ProgramProcess Train(params IEnumerable<string> arguments) => Workspace.Train(OnAll(arguments));

    /// <summary>Starts a coordinator that trains for <see cref="ClusterWorkspace.LongEpochs"/> on the silos that are there.</summary>
    internal ProgramProcess TrainLong() => Workspace.Train(ClusterWorkspace.LongEpochs, OnAll([]));

    private IEnumerable<string> OnAll(IEnumerable<string> arguments) =>
        ["--redis", Redis, "--min-silos", $"{Silos.Alive.Count}", .. arguments];
}
