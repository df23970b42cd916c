namespace Orleans.Runtime;

/// <summary>A call on its way to a grain, and its reply on the way back.</summary>
internal sealed class Request(Silo caller, GrainId target, GrainMethod method, object?[] arguments) : WorkItem
{
    private const int MaxHops = 8;

    private readonly TaskCompletionSource<object?> reply = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private object?[] arguments = arguments;
    private Silo? silo;
    private int hops;

    public Silo Caller => caller;

    public GrainId Target => target;

    public Task<object?> Reply => reply.Task;

    public override bool Interleaves => method.AlwaysInterleave;

    public override bool KeepsAlive => true;

    public override bool IsExpired => reply.Task.IsCompleted;

    /// <summary>Addresses the request to a silo: from here on the receiver sees copies of the arguments.</summary>
    public void SendTo(Silo receiver)
    {
        if (++hops > MaxHops)
            throw new SiloUnavailableException($"{this} found no activation that would take it.");
        silo = receiver;
        var remote = receiver != caller;
        var copier = new MessageCopier(remote);
        var copies = new object?[arguments.Length];
        for (var i = 0; i < copies.Length; i++)
            copies[i] = !remote && method.ImmutableArguments[i] ? arguments[i] : copier.Copy(arguments[i]);
        arguments = copies;
    }

    public override async Task RunAsync(Activation activation)
    {
        try
        {
            var result = await method.Invoke(activation.GrainInstance!, arguments);
            Complete(new MessageCopier(silo != caller).Copy(result));
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    public void Fail(Exception exception)
    {
        if (!LoseReply())
            reply.TrySetException(exception);
        silo?.Forget(this);
    }

    /// <summary>The silo that has the request, or the one that waits for it, is no longer part of the cluster.</summary>
    public void Lose() =>
        reply.TrySetException(new SiloUnavailableException($"The reply to {this} was lost: silo {silo} or {caller} is gone."));

    public void Expire(TimeSpan timeout)
    {
        reply.TrySetException(new TimeoutException($"No reply to {this} within {timeout}."));
        silo?.Forget(this);
    }

    public override string ToString() => $"{method} to {target} from {caller}";

    private void Complete(object? result)
    {
        if (!LoseReply())
            reply.TrySetResult(result);
        silo?.Forget(this);
    }

    private bool LoseReply()
    {
        if (silo is null || silo == caller || !(silo.IsKilled || caller.IsKilled))
            return false;
        Lose();
        return true;
    }
}
