using System.CommandLine;
using MnistDistributed.Coordinator.Commands;

// A stopped "cluster up" may need 15 s for its silos and 15 s for their primary.
var configuration = new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(45) };
return await CommandErrors.RunAsync(MnistCommand.Create(), args, configuration);
