using System.CommandLine;
using MnistDistributed.Coordinator.Commands;
using MnistDistributed.Grains.Hosting.Output;
using MnistDistributed.Kernels;

StandardOutput.Guard();
return await CommandErrors.RunAsync(KernelsCommand.Create(), args, new InvocationConfiguration());
