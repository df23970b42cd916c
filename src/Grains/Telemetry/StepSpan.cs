using System.Diagnostics;

namespace MnistDistributed.Grains.Telemetry;

/// <summary>The span of the step that a parameter server is at.</summary>
/// <param name="run">The run.</param>
internal sealed class StepSpan(string run)
{
    private Activity? _span;
    private (int Term, int Step) _at;
    private ActivityContext _term;

    /// <summary>Its id, where it is recorded.</summary>
    public string? Id => _span is { Recorded: true } span ? span.Id : null;

    /// <summary>A term begins; its steps are linked with what goes on now.</summary>
    public void BeginTerm()
    {
        End();
        _term = Activity.Current?.Context ?? default;
    }

    /// <summary>An order of a step is handed out; with the first the span begins.</summary>
    /// <returns>See <see cref="Id"/>.</returns>
    public string? Ordered(int term, int step)
    {
        if (_span is null || _at != (term, step))
        {
            End();
            _at = (term, step);
            _span = Spans.Root(_term)?.SetTag("mnist.run", run).SetTag("mnist.term", term).SetTag("mnist.step", step);
        }

        return Id;
    }

    /// <summary>The step is done.</summary>
    /// <param name="since">When its last push was received.</param>
    public void Done(DateTimeOffset since)
    {
        Spans.Part("update", Id, since)?.Dispose();
        End();
    }

    /// <summary>The step is done, or given up.</summary>
    public void End()
    {
        _span?.Dispose();
        _span = null;
    }
}
