using Microsoft.Extensions.Logging;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Interfaces;
using MnistDistributed.Grains.Messages;
using MnistDistributed.Model.Protocol;
using Orleans.Concurrency;

namespace MnistDistributed.Grains;

/// <summary>
/// Gives a run's <see cref="ParameterServer"/> its place in the cluster. Reentrant, so that sessions can wait for the next step while others push.
/// </summary>
[Reentrant]
public sealed class ParameterServerGrain(LocalServers servers, TimeProvider time, TrainingMeter meter, ILogger<ParameterServer> logger)
    : Grain, IParameterServerGrain
{
    private ParameterServer _server = null!;

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _server = new ParameterServer(this.GetPrimaryKeyString(), servers, time, meter, logger, retire: DeactivateOnIdle);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _server.Retired();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<OpenReply> Open(OpenRequest request) => _server.Open(request);

    /// <inheritdoc/>
    public Task<RunOffer> Offer() => _server.Offer();

    /// <inheritdoc/>
    public Task<JoinReply> Join(JoinRequest request) => _server.Join(request);

    /// <inheritdoc/>
    public Task Leave(Guid session, string? trouble) => _server.Leave(session, trouble);

    /// <inheritdoc/>
    public Task<NextReply> Next(Guid session, int term, int step) => _server.Next(session, term, step);

    /// <inheritdoc/>
    public Task<PushOutcome> Push(GradientPush push) => _server.Push(push);

    /// <inheritdoc/>
    public Task<PushOutcome> PushLogits(LogitsPush push) => _server.PushLogits(push);

    /// <inheritdoc/>
    public Task<RunStatus> Watch(int term, RunPhase? seen) => _server.Watch(term, seen);

    /// <inheritdoc/>
    public Task<byte[]?> Snapshot(int term) => _server.Snapshot(term);

    /// <inheritdoc/>
    public Task<byte[]?> HandOver(int term) => _server.HandOver(term);

    /// <inheritdoc/>
    public Task Leaving() => _server.Leaving();

    /// <inheritdoc/>
    public Task<byte[]?> Logits(int term, int step) => _server.Logits(term, step);

    /// <inheritdoc/>
    public Task Continue(int term, int step) => _server.Continue(term, step);

    /// <inheritdoc/>
    public Task Pause(int term) => _server.Pause(term);

    /// <inheritdoc/>
    public Task Resume(int term) => _server.Resume(term);

    /// <inheritdoc/>
    public Task Close(int term) => _server.Close(term);
}
