using System.CommandLine;
using MnistDistributed.Coordinator.Http;
using MnistDistributed.Grains.Telemetry;

namespace MnistDistributed.Coordinator.Commands;

/// <summary><c>mnist serve</c>: shows the runs of a folder over HTTP until it is told to end.</summary>
public static class ServeCommand
{
    private static readonly Option<string?> Http = HttpArguments.Address(
        $"Where it answers; 127.0.0.1:{HttpOptions.DefaultPort} by default, or the next port that is free.");

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var command = new Command("serve", "Shows the runs of a folder and their reports over HTTP, until Ctrl-C.")
            { CommonOptions.Out, Http };
        command.SetAction(Serve);
        return command;
    }

    private static async Task<int> Serve(ParseResult arguments, CancellationToken stop)
    {
        // Signals are watched from the first wait on.
        await Task.Yield();
        var options = HttpArguments.ReadAddress(arguments, Http);
        using var socket = ListenSocket.Open(options)
            ?? throw new IOException(
                $"No port from {options.FirstPort} to {options.FirstPort + HttpOptions.Ports - 1} is free: give --http.");
        string folder = arguments.GetRequiredValue(CommonOptions.Out);
        string url = $"http://{socket.LocalEndPoint}";
        var app = new RunLibrary(folder, TimeProvider.System).Build(socket);
        await app.StartAsync(stop);
        arguments.InvocationConfiguration.Output.WriteLine($"Runs of {folder}: {url}/");
        await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await app.StopAsync(CancellationToken.None);
        await app.DisposeSoon();
        return 0;
    }
}
