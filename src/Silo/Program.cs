using System.CommandLine;
using System.Runtime.InteropServices;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Hosting.Output;
using MnistDistributed.Model;
using MnistDistributed.Silo;

StandardOutput.Guard();
// The host has Ctrl-C and SIGTERM, with which a silo that is told to end has done what it should.
using var hangUp = new StopSignals(PosixSignal.SIGHUP);
var parsed = SiloCommand.Create(Run).Parse(args);
if (parsed.Errors.Count > 0)
{
    Console.Error.WriteLine(parsed.Errors[0].Message);
    return 2;
}

try
{
    int code = await parsed.InvokeAsync(
        new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, hangUp.Stop);
    return code == 0 && hangUp.Stop.IsCancellationRequested ? hangUp.Code : code;
}
catch (UsageException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
catch (Exception e)
{
    // Whatever it is (a Redis that does not answer, a primary that is not there), the silo is not up, and its type helps nobody.
    Console.Error.WriteLine($"The silo cannot run: {OneLine.Brief(e is IOException ? e.Message : e.GetBaseException().Message)}");
    return 1;
}

static async Task<int> Run(SiloOptions options, CancellationToken stop)
{
    // Files that cannot be used are said at once, and not behind a wait.
    options.Tls?.Load();
    if (await SiloProcess.Run(options, stop) is not { } reason)
        return 0;
    Console.Error.WriteLine($"Silo {options.Name} ends: {reason}");
    return 1;
}
