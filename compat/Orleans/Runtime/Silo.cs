using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Orleans.Runtime;

/// <summary>A silo: the activations of one host, and the requests that it has taken on.</summary>
internal sealed class Silo : IHostedService, ILocalSiloDetails
{
    private readonly ConcurrentDictionary<GrainId, Activation> activations = new();
    private readonly ConcurrentDictionary<Request, bool> requests = new();
    private readonly Cluster cluster;
    private readonly TimeSpan responseTimeout;
    private Timer? collector;
    private volatile Status status;

    public Silo(
        IServiceProvider services,
        IOptions<SiloOptions> silo,
        IOptions<ClusterOptions> cluster,
        IOptions<SiloMessagingOptions> messaging,
        IOptions<GrainCollectionOptions> collection,
        ILoggerFactory loggers)
    {
        Services = services;
        Collection = collection.Value;
        Logger = loggers.CreateLogger("Orleans.Runtime");
        responseTimeout = messaging.Value.ResponseTimeout;
        // The last call of UseLocalhostClustering wins, as with options.
        var endpoints = services.GetServices<ClusterEndpoints>().LastOrDefault()
            ?? throw new OrleansException("The in-process runtime needs UseLocalhostClustering.");
        ClusterId = cluster.Value.ClusterId;
        SiloAddress = SiloAddress.New(endpoints.Silo, SiloAddress.AllocateNewGeneration());
        Name = silo.Value.SiloName is { Length: > 0 } name ? name : $"Silo_{SiloAddress.Generation}";
        this.cluster = Cluster.Named(ClusterId, endpoints.Primary);
    }

    private enum Status
    {
        Created,
        Running,
        Stopping,
        Stopped,
        Killed,
        Silenced,
    }

    public string Name { get; }

    public string ClusterId { get; }

    public SiloAddress SiloAddress { get; }

    public IServiceProvider Services { get; }

    public GrainCollectionOptions Collection { get; }

    public ILogger Logger { get; }

    public bool IsKilled => status is Status.Killed or Status.Silenced;

    public bool IsSilenced => status == Status.Silenced;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        status = Status.Running;
        cluster.Join(this);
        using (FlowControl.Suppress())
            collector = new Timer(_ => CollectIdle(), null, Collection.CollectionQuantum, Collection.CollectionQuantum);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (collector is not null)
            await collector.DisposeAsync();
        if (status == Status.Running)
        {
            status = Status.Stopping;
            // From here on no activation is placed here; those that are here end.
            cluster.Leave(this);
            foreach (var activation in activations.Values)
                activation.Deactivate(new(DeactivationReasonCode.ShuttingDown, "The silo is stopping."), cancellationToken);
            await Task.WhenAll(activations.Values.Select(activation => activation.Deactivated))
                .WaitAsync(Collection.DeactivationTimeout, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            status = Status.Stopped;
        }
        foreach (var activation in activations.Values)
            activation.StopTimers();
        foreach (var request in requests.Keys)
            request.Lose();
    }

    public void Kill()
    {
        status = Status.Killed;
        cluster.Bury(this);
        foreach (var request in requests.Keys.Where(request => request.Caller != this))
            request.Lose();
    }

    public void Silence()
    {
        if (!IsKilled)
            throw new InvalidOperationException($"Silo {this} is not killed.");
        status = Status.Silenced;
    }

    /// <summary>Sends a request and waits for its reply.</summary>
    public async Task<object?> CallAsync(GrainId target, GrainMethod method, object?[] arguments)
    {
        if (status is Status.Created or Status.Stopped)
            throw new SiloUnavailableException($"Silo {this} is not running.");
        var cancellation = arguments.OfType<CancellationToken>().FirstOrDefault();
        cancellation.ThrowIfCancellationRequested();
        var request = new Request(this, target, method, arguments);
        cluster.Deliver(request);
        if (IsKilled && !activations.ContainsKey(target))
            request.Lose();
        try
        {
            return await request.Reply.WaitAsync(responseTimeout, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException) when (!request.Reply.IsCompleted)
        {
            request.Expire(responseTimeout);
            return await request.Reply.ConfigureAwait(false);
        }
    }

    /// <summary>Takes a request on for one of this silo's activations; false if that has ended.</summary>
    public bool Accept(Request request, Activation activation)
    {
        requests[request] = true;
        if (!activation.Post(request))
        {
            Forget(request);
            return false;
        }
        if (IsKilled && request.Caller != this)
            request.Lose();
        if (request.IsExpired)
            Forget(request);
        return true;
    }

    /// <summary>Sends a request that an ended activation left behind to the grain's next one.</summary>
    public void Forward(Request request)
    {
        Forget(request);
        try
        {
            cluster.Deliver(request);
        }
        catch (Exception exception)
        {
            request.Fail(exception);
        }
    }

    public Activation Create(GrainId id) => activations[id] = new Activation(this, id);

    public Activation? Find(GrainId id) => activations.GetValueOrDefault(id);

    public void Forget(Activation activation)
    {
        cluster.Forget(activation);
        activations.TryRemove(new(activation.Id, activation));
    }

    public void Forget(Request request) => requests.TryRemove(request, out _);

    public override string ToString() => $"{Name} {SiloAddress}";

    private void CollectIdle()
    {
        foreach (var activation in activations.Values)
            activation.DeactivateIfIdle(Collection.CollectionAge);
    }
}
