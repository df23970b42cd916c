namespace MnistDistributed.Coordinator.Steering;

/// <summary>What a run's coordinator answers to a <see cref="RunRequest"/>.</summary>
/// <param name="IsDone">Whether it was done, or is being done; else it was refused.</param>
/// <param name="Text">What to tell people, on one or more lines.</param>
public sealed record RequestAnswer(bool IsDone, string Text)
{
    /// <summary>The request is carried out.</summary>
    public static RequestAnswer Done(string text) => new(true, text);

    /// <summary>The request cannot be carried out; the text says why.</summary>
    public static RequestAnswer Refused(string text) => new(false, text);
}
