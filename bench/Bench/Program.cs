using System.CommandLine;
using MnistDistributed.Bench;
using MnistDistributed.Coordinator.Commands;

return await CommandErrors.RunAsync(BenchCommand.Create(), args, new InvocationConfiguration());
