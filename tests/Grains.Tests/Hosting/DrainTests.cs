using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using MnistDistributed.Grains.Directory;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Grains.Workers;

namespace MnistDistributed.Grains.Tests.Hosting;

public sealed class DrainTests
{
    [Fact]
    public async Task Workers_and_parameter_servers_leave_though_the_directory_is_lost()
    {
        var calls = new ConcurrentQueue<string>();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var servers = new LocalServers();
        var grains = Fake.Of<IGrainFactory>((method, _) => method.GetGenericArguments()[0] switch
        {
            var grain when grain == typeof(IDirectoryGrain) => Fake.Of<IDirectoryGrain>((call, arguments) =>
                call.Name != "Report" ? Task.FromException(new SiloUnavailableException("The directory is lost."))
                : arguments[^1] is 0L ? Task.FromResult(new SiloDemand
                    { Version = 1, Runs = [new RunDemand { Run = "run", Workers = 1 }], IsPartial = false })
                : new TaskCompletionSource<SiloDemand>().Task),
            var grain when grain == typeof(IWorkerGrain) => Fake.Of<IWorkerGrain>((call, _) =>
            {
                calls.Enqueue($"worker {call.Name}");
                if (call.Name == "Start")
                    started.TrySetResult();
                return Task.CompletedTask;
            }),
            _ => Fake.Of<IParameterServerGrain>((call, _) =>
            {
                calls.Enqueue($"server {call.Name}");
                servers.Closed("run", 1);
                return Task.CompletedTask;
            }),
        });
        var silo = Fake.Of<ILocalSiloDetails>((_, _) => "silo");
        using var pool =
            new WorkerPool(new TrainingSiloOptions(), servers, grains, silo, TimeProvider.System, NullLogger<WorkerPool>.Instance);
        servers.Opened("run", 1);
        await pool.StartAsync(CancellationToken.None);
        await started.Task;
        await pool.StoppingAsync(CancellationToken.None);
        Assert.Contains("worker Stop", calls);
        Assert.Contains("server Leaving", calls);
        await pool.StopAsync(CancellationToken.None);
    }
}
