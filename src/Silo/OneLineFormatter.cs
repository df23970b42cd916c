using System.Globalization;
using MnistDistributed.Model;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Display;

namespace MnistDistributed.Silo;

/// <summary>One line an event, for people: time, level, message, and an exception's type and message; never its stack.</summary>
public sealed class OneLineFormatter : ITextFormatter
{
    // Text as it is, without quotes around it.
    private readonly MessageTemplateTextFormatter _message = new("{Message:lj}", CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public void Format(LogEvent logEvent, TextWriter output)
    {
        var message = new StringWriter();
        _message.Format(logEvent, message);
        string problem = logEvent.Exception is { } e ? $" ({e.GetType().Name}: {OneLine.Brief(e.Message)})" : "";
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{logEvent.Timestamp:HH:mm:ss.fff} {Level(logEvent.Level)} {OneLine.Of(message.ToString())}{problem}"));
    }

    private static string Level(LogEventLevel level) => level switch
    {
        LogEventLevel.Verbose or LogEventLevel.Debug => "debug",
        LogEventLevel.Information => "info ",
        LogEventLevel.Warning => "warn ",
        _ => "error",
    };
}
