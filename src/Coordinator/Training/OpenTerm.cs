using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Model.Protocol;

namespace MnistDistributed.Coordinator.Training;

/// <summary>
/// A term that this coordinator has open: what is known of it, and what can be asked of its parameter server. A server whose silo is dead
/// is taken to answer what its successor would: that the term is not open.
/// </summary>
/// <param name="server">The parameter server.</param>
/// <param name="silo">Its silo.</param>
/// <param name="calls">How it is called.</param>
/// <param name="number">The term's number.</param>
/// <param name="isHeld">Whether it was opened to begin no step yet.</param>
/// <param name="end">Ends every wait for an answer.</param>
public sealed class OpenTerm(
    IParameterServerGrain server, SiloAddress silo, ServerCalls calls, int number, bool isHeld, CancellationToken end)
{
    private static readonly WatchReply NotOpen = new() { Term = 0, Status = null };

    /// <summary>The term's number.</summary>
    public int Number => number;

    /// <summary>Whether the parameter server was told to begin no further step.</summary>
    public bool IsHeld { get; private set; } = isHeld;

    /// <summary>The phase that was last seen and dealt with; null if whatever there is to see is to be told at once.</summary>
    public RunPhase? Seen { get; set; }

    /// <summary>Whether the step that was in progress when it was held is done, and no other has begun.</summary>
    public bool IsAtRest => IsHeld && Seen == RunPhase.Paused;

    /// <summary>Asks where the run is, and waits a moment for something new.</summary>
    public Task<WatchReply> Watch() => Answer(calls.Repeat(() => server.Watch(number, Seen), end), NotOpen);

    /// <summary>Lets no further step begin, or lets the run go on; where the term is not open any more, neither.</summary>
    public async Task Hold(bool isToBeHeld)
    {
        if (await Answer(isToBeHeld ? server.Pause(number) : server.Resume(number), otherwise: false))
            IsHeld = isToBeHeld;
    }

    /// <summary>Copies the training state.</summary>
    /// <returns>The state as TrainingState writes it; null if the term is not open any more.</returns>
    public Task<byte[]?> Snapshot() => Answer(server.Snapshot(number), otherwise: null);

    /// <summary>Takes the training state for good; the term is over then.</summary>
    /// <inheritdoc cref="Snapshot" path="/returns"/>
    public Task<byte[]?> HandOver() => Answer(server.HandOver(number), otherwise: null);

    /// <summary>Fetches the logits of the evaluation that has just ended, and the training state.</summary>
    /// <returns>Both; null if the term is not open any more, or is at another step.</returns>
    public async Task<(byte[] Logits, byte[] State)?> Result(int step) =>
        await Answer(server.Logits(number, step), otherwise: null) is { } logits && await Snapshot() is { } state ? (logits, state) : null;

    /// <summary>Lets the next epoch begin, when the result of the last one is taken.</summary>
    public async Task Continue(int step)
    {
        if (await Answer(Continued(step), otherwise: false))
            Seen = null;
    }

    private async Task<bool> Continued(int step)
    {
        await server.Continue(number, step);
        return true;
    }

    private Task<T> Answer<T>(Task<T> answer, T otherwise) => calls.Answer(answer, silo, otherwise, end);
}
