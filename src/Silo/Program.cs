using System.CommandLine;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Telemetry;
using MnistDistributed.Model;
using MnistDistributed.Silo;

var parsed = SiloCommand.Create(Run).Parse(args);
if (parsed.Errors.Count > 0)
{
    Console.Error.WriteLine(parsed.Errors[0].Message);
    return 2;
}

try
{
    return await parsed.InvokeAsync(new InvocationConfiguration
        { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
}
catch (UsageException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}

static async Task<int> Run(SiloOptions options, CancellationToken stop)
{
    try
    {
        // Files that cannot be used are said at once, and not behind a wait.
        options.Tls?.Load();
        await SiloClustering.WaitForMembership(options, stop);
        var silo = SiloProcess.Build(options);
        try
        {
            await silo.StartAsync(stop);
            await silo.WaitForShutdownAsync(stop);
            return 0;
        }
        finally
        {
            await silo.DisposeSoon();
        }
    }
    catch (Exception e) when (e is not UsageException)
    {
        // Whatever it is (a Redis that does not answer, a primary that is not there), the silo is not up, and its type helps nobody.
        Console.Error.WriteLine($"The silo cannot run: {OneLine.Brief(e.GetBaseException().Message)}");
        return 1;
    }
}
