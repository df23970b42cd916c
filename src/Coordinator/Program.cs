using System.CommandLine;
using MnistDistributed.Coordinator.Commands;

var root = new RootCommand("Trains a convolutional network on MNIST, data-parallel: the final weights are the same bits on any cluster.");
root.Subcommands.Add(TrainCommand.Create());
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });
