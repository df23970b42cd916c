using System.CommandLine;
using MnistDistributed.Coordinator.Commands;

using var signals = new StopSignals();
// A stopped command takes the time that it needs to put things in order; whoever cannot wait signals again.
var configuration = new InvocationConfiguration { ProcessTerminationTimeout = null };
return signals.ExitCode(await CommandErrors.RunAsync(MnistCommand.Create(), args, configuration, signals.Stop));
