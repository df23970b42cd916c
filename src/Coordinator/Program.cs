using System.CommandLine;
using MnistDistributed.Coordinator.Commands;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Hosting.Output;

StandardOutput.Guard();
using var signals = new StopSignals();
// A stopped command takes the time that it needs to put things in order; whoever cannot wait signals again.
var configuration = new InvocationConfiguration { ProcessTerminationTimeout = null };
int code = await CommandErrors.RunAsync(MnistCommand.Create(), args, configuration, signals.Stop);
return code == CommandErrors.Stopped ? signals.Code : code;
