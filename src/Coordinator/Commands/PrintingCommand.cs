using System.CommandLine;

namespace MnistDistributed.Coordinator.Commands;

/// <summary>
/// A command that does nothing but print: where that cannot be written it has failed, unlike one that leaves something behind.
/// </summary>
/// <param name="name">Its name.</param>
/// <param name="description">What help says of it.</param>
internal sealed class PrintingCommand(string name, string description) : Command(name, description);
