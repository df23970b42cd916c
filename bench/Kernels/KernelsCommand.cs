using System.CommandLine;
using System.CommandLine.Help;
using System.Reflection;
using System.Runtime.Intrinsics.X86;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Filters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using MnistDistributed.Coordinator.Commands;
using MnistDistributed.Coordinator.Training;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine.Simd;
using Perfolizer.Horology;

namespace MnistDistributed.Kernels;

/// <summary><c>mnist bench kernels</c>: what each kernel of the engine takes an image, and its share of the processor's peak.</summary>
public static class KernelsCommand
{
    private static readonly Option<string> Filter = new Option<string>("--filter")
    {
        Description = "Measures only the kernels of these names, with * at either end.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "*",
    }.NotEmpty("a kernel's name");

    /// <summary>Makes the root command, whose words on the way are the launcher's own.</summary>
    public static Command Create()
    {
        var command = new Command("kernels", "Measures the engine's kernels, on weights that have learned something, by BenchmarkDotNet.")
            { Filter };
        command.SetAction(Run);
        return new Command("mnist") { new Command("bench") { command }, new HelpOption { Recursive = true } };
    }

    private static async Task<int> Run(ParseResult arguments, CancellationToken stop)
    {
        await Task.Yield();
        string filter = arguments.GetRequiredValue(Filter);
        var data = await DataSets.Load(null, stop);
        // As the engine chooses.
        string table = Avx512F.IsSupported ? Measure<Lanes16>(filter, data) : Measure<Lanes8>(filter, data);
        Console.Write(table);
        return 0;
    }

    /// <summary>The kernels in the order of a step.</summary>
    internal static IEnumerable<MethodInfo> InOrder<T>()
        where T : unmanaged, ILanes<T> =>
        typeof(KernelBenchmarks<T>).GetMethods().Where(method => method.IsDefined(typeof(BenchmarkAttribute)))
            .OrderBy(method => method.MetadataToken);

    private static string Measure<T>(string filter, DataSet data)
        where T : unmanaged, ILanes<T>
    {
        const string peak = nameof(KernelBenchmarks<>.Peak);
        var config = ManualConfig.CreateEmpty()
            // In this process, so that nothing has to be built; the kernels are compiled the same way in any.
            .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance)
                .WithWarmupCount(3).WithIterationCount(15).WithIterationTime(TimeInterval.FromMilliseconds(100)))
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddLogger(NullLogger.Instance)
            .WithArtifactsPath(Path.Combine(AppContext.BaseDirectory, "BenchmarkDotNet"))
            .AddFilter(new GlobFilter([$"*.{filter}", $"*.{peak}"]));
        var kernels = BenchmarkConverter.TypeToBenchmarks(typeof(KernelBenchmarks<T>), config);
        if (kernels.BenchmarksCases.All(kernel => kernel.Descriptor.WorkloadMethod.Name == peak) && filter != peak)
        {
            throw new UsageException($"--filter {filter}: there is no such kernel; there are "
                + $"{string.Join(", ", InOrder<T>().Select(kernel => kernel.Name))}.");
        }

        Console.Error.WriteLine($"{kernels.BenchmarksCases.Length} kernels, some 3 seconds each");
        TrainedNetwork.Shared = new TrainedNetwork(data);
        var multiplyAdds = new KernelBenchmarks<T>().MultiplyAdds;
        var summary = BenchmarkRunner.Run(kernels);
        return KernelTable.Of([.. summary.Reports.Select(report =>
        {
            string name = report.BenchmarkCase.Descriptor.WorkloadMethod.Name;
            var nanoseconds = report.ResultStatistics
                ?? throw new RunFailedException($"{name} was not measured; {summary.LogFilePath} says why.");
            return new KernelResult(
                name, nanoseconds.Median, nanoseconds.StandardDeviation, multiplyAdds.GetValueOrDefault(name));
        })], peak);
    }
}
