using System.Collections;
using System.Diagnostics.Metrics;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Telemetry;
using MnistDistributed.Model.Training;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace MnistDistributed.Grains.Telemetry;

/// <summary>
/// The telemetry of both programs: metrics for whoever scrapes them, and metrics, traces and logs for an OTLP collector where the standard
/// variables name one.
/// </summary>
public static class TelemetryExtensions
{
    /// <summary>What the names of all meters of ours begin with.</summary>
    public const string MeterPrefix = "MnistDistributed.";

    /// <summary>The instrument of the confusion matrix, which has by far the most series.</summary>
    public const string ConfusionName = "mnist.confusion.images";

    /// <summary>The most classes whose confusion matrix is exported: EMNIST's 62 and room beside.</summary>
    public const int MostConfused = 64;

    // Those of the runs of the last minute, of which each has some twenty.
    private const int MaxMetricStreams = 4_000;

    // Enough for a collector that answers.
    private static readonly TimeSpan LastPush = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Whether a collector is named, to which metrics, traces and logs are pushed. The variables for one of the three only redirect that
    /// one: the exporter would push the others to its default address.
    /// </summary>
    public static bool IsPushed => IsSet("OTEL_EXPORTER_OTLP_ENDPOINT");

    /// <summary>Adds it.</summary>
    /// <param name="builder">The process's host.</param>
    /// <param name="serviceName">The program, unless the standard variables name it.</param>
    public static void AddTelemetry(this IHostApplicationBuilder builder, string serviceName)
    {
        // A host that is built of nothing else does not have them.
        builder.Configuration.AddInMemoryCollection(Variables);
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource
                .AddService(serviceName, serviceVersion: Version, serviceInstanceId: $"{Environment.MachineName}-{Environment.ProcessId}")
                // What is added last wins.
                .AddEnvironmentVariableDetector())
            .WithMetrics(metrics => metrics
                .AddMeter($"{MeterPrefix}*", "Microsoft.Orleans")
                .AddAspNetCoreInstrumentation()
                .AddRuntimeInstrumentation()
                .SetMaxMetricStreams(MaxMetricStreams)
                .AddView(RoomFor)
                .AddPrometheusExporter(exporter =>
                {
                    // The meters of a run bear its name as their tag, which every series of theirs has as a label already.
                    exporter.ScopeInfoEnabled = false;
                    // An answer of the moment before would hide the last values of a run.
                    exporter.ScrapeResponseCacheDurationMilliseconds = 0;
                }));
        if (!IsPushed)
            return;

        builder.Services.Configure<OpenTelemetryLoggerOptions>(logs => logs.IncludeFormattedMessage = true);
        telemetry.UseOtlpExporter().WithTracing(AddSources);
    }

    /// <summary>
    /// Disposes of a process's host, which pushes what is left. A collector that takes it and never answers would hold the program up for
    /// seconds for each of metrics, traces and logs: it is let go.
    /// </summary>
    /// <param name="host">The host, which has stopped.</param>
    public static async Task DisposeSoon(this IHost host)
    {
        var disposing = Task.Run(async () => await ((IAsyncDisposable)host).DisposeAsync());
        if (await Task.WhenAny(disposing, Task.Delay(LastPush)) == disposing)
            await disposing;
    }

    /// <summary>The standard variables.</summary>
    private static IEnumerable<KeyValuePair<string, string?>> Variables =>
        from variable in Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        let name = (string)variable.Key
        where name.StartsWith("OTEL_", StringComparison.Ordinal)
        select new KeyValuePair<string, string?>(name, (string?)variable.Value);

    private static string Version =>
        typeof(TelemetryExtensions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>
    /// The most series of an instrument. Their room is taken when the instrument is made: with the default of 2,000 each run would cost
    /// megabytes, until it is scraped for the last time.
    /// </summary>
    private static MetricStreamConfiguration? RoomFor(Instrument instrument) => instrument.Meter.Name switch
    {
        // By outcome or phase.
        ProtocolMeter.Name => new() { CardinalityLimit = 10 },
        // By worker of this process: there are no more than slots.
        RunMeter.Name => new() { CardinalityLimit = RunSpecCheck.MaxSlots },
        var name when name.StartsWith(MeterPrefix, StringComparison.Ordinal) => instrument.Name == ConfusionName
            ? new() { CardinalityLimit = MostConfused * MostConfused + 1 }
            // By class at most.
            : new() { CardinalityLimit = CnnShape.MostClasses + 1 },
        _ => null,
    };

    private static void AddSources(TracerProviderBuilder tracing)
    {
        tracing.AddSource(Spans.SourceName, "Microsoft.Orleans.Application");
        if (!IsSet("OTEL_TRACES_SAMPLER"))
            tracing.SetSampler(new ParentBasedSampler(new RootSampler()));
    }

    private static bool IsSet(string variable) => !string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(variable));
}
