using MnistDistributed.Grains.Directory;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Grains.Tests.Hosts;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Grains.Tests;

/// <summary>Two silos with a small data set.</summary>
public sealed class ClusterFixture : IAsyncLifetime
{
    private int _runs;

    public static DataSet Data { get; } = SmallData.Set(training: 100, test: 20, "test");

    public static Guid Coordinator { get; } = Guid.NewGuid();

    public static RunSpec Spec { get; } = new()
    {
        Slots = 8,
        Batch = 32,
        Epochs = 2,
        Validation = 0,
        TrainingImages = Data.Train.Count,
        DataDigest = Data.Digest,
        Network = new CnnShape(16, 16, 16),
    };

    public TestHost Host { get; private set; } = null!;

    public IDirectoryGrain Directory => Host.Grains.GetGrain<IDirectoryGrain>(IDirectoryGrain.Key);

    public async ValueTask InitializeAsync() => Host = await TestHost.Start(2, Data);

    public async ValueTask DisposeAsync() => await Host.DisposeAsync();

    /// <summary>A run that nobody else uses.</summary>
    public (string Id, IParameterServerGrain Server) NewRun()
    {
        string id = $"run-{Interlocked.Increment(ref _runs)}";
        return (id, Host.Grains.GetGrain<IParameterServerGrain>(id));
    }

    public static OpenRequest Open(int term = 1, string? fingerprint = null) => new()
    {
        Term = term,
        Spec = RunSpecJson.Write(Spec),
        State = TrainingState.Initial(Spec, InitialWeights.Create(Spec)).ToBytes(),
        EpochsEvaluated = 0,
        TestImages = Data.Test.Count,
        Fingerprint = fingerprint ?? Fingerprint.Of(Spec),
        ProtocolVersion = TrainingProtocol.Version,
        Coordinator = Coordinator,
        MinWorkers = 1,
        IsPaused = false,
    };

    public static JoinRequest Join(Guid session) => new()
    {
        Session = session,
        Worker = "test",
        ProtocolVersion = TrainingProtocol.Version,
        NumericsVersion = Spec.NumericsVersion,
        DataDigest = Spec.DataDigest,
        Fingerprint = Fingerprint.Of(Spec),
    };

    /// <summary>Follows a run until it is as wanted; every call is held by the grain, so this does not spin.</summary>
    public static async Task<TermStatus> Until(IParameterServerGrain server, Func<TermStatus, bool> wanted)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            var status = (await server.Watch(1, null)).Status;
            if (status is not null && wanted(status))
                return status;
            patience.Token.ThrowIfCancellationRequested();
        }
    }
}
