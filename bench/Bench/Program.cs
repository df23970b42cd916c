using System.CommandLine;
using MnistDistributed.Bench;
using MnistDistributed.Coordinator.Commands;
using MnistDistributed.Grains.Hosting.Output;

StandardOutput.Guard();
return await CommandErrors.RunAsync(BenchCommand.Create(), args, new InvocationConfiguration());
