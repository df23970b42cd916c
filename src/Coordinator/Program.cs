using System.CommandLine;
using MnistDistributed.Coordinator.Commands;

var configuration = new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) };
return await CommandErrors.RunAsync(MnistCommand.Create(), args, configuration);
