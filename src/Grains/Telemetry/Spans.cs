using System.Diagnostics;

namespace MnistDistributed.Grains.Telemetry;

/// <summary>
/// The spans of training. Each step is a trace of its own, which begins where the parameter server is; what workers do for it are its
/// children, as their orders carry its id. It costs nothing where nobody listens.
/// </summary>
public static class Spans
{
    /// <summary>The name of their source.</summary>
    public const string SourceName = "MnistDistributed";

    /// <summary>The opening of a term, by the coordinator.</summary>
    public const string OpenTerm = "open term";

    /// <summary>A step, from its first order to its update.</summary>
    public const string Step = "step";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>Begins a span that is part of whatever goes on.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="run">The run.</param>
    /// <param name="term">The term.</param>
    public static Activity? Begin(string name, string run, int term) =>
        Source.StartActivity(name)?.SetTag("mnist.run", run).SetTag("mnist.term", term);

    /// <summary>Begins a part of a step.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="step">The id of the step's span; null where that is not recorded, and nothing of it is.</param>
    /// <param name="since">When it began; now by default.</param>
    public static Activity? Part(string name, string? step, DateTimeOffset since = default) =>
        step is null ? null : Source.StartActivity(name, ActivityKind.Internal, step, startTime: since);

    /// <summary>Begins the span of a step, as the root of a trace, whatever goes on.</summary>
    /// <param name="term">The span that opened its term.</param>
    internal static Activity? Root(ActivityContext term)
    {
        if (!Source.HasListeners())
            return null;
        var current = Activity.Current;
        Activity.Current = null;
        var span = Source.StartActivity(Step, ActivityKind.Internal, default(ActivityContext), links: term == default ? null : [new(term)]);
        Activity.Current = current;
        return span;
    }
}
