using System.CommandLine;
using System.Net;
using MnistDistributed.Model;

namespace MnistDistributed.Grains.Hosting;

/// <summary>
/// The command <c>health</c> of a program: it asks the one that runs beside it, in the same container or on the same machine, whether it is
/// well. So a container's health is checked where there is neither a shell nor curl.
/// </summary>
public static class HealthCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private static readonly Option<bool> Ready = new("--ready") { Description = "Asks /health/ready rather than /health/live." };

    /// <summary>Makes the command.</summary>
    /// <param name="options">What says where the program listens.</param>
    /// <param name="listening">Where it does.</param>
    public static Command Create(IEnumerable<Option> options, Func<ParseResult, IPEndPoint> listening)
    {
        var command = new Command("health", "Asks the program on this machine whether it is well: exit code 0 or 1, in 3 s at most.");
        foreach (var option in options.Append(Ready))
            command.Options.Add(option);
        command.SetAction((arguments, stop) => Ask(
            new Uri($"http://{Local(listening(arguments))}/health/{(arguments.GetValue(Ready) ? "ready" : "live")}"),
            arguments.InvocationConfiguration, stop));
        return command;
    }

    /// <summary>Where a program of this machine reaches one that listens there.</summary>
    public static IPEndPoint Local(IPEndPoint listening) =>
        listening.Address.Equals(IPAddress.Any) ? new IPEndPoint(IPAddress.Loopback, listening.Port)
        : listening.Address.Equals(IPAddress.IPv6Any) ? new IPEndPoint(IPAddress.IPv6Loopback, listening.Port)
        : listening;

    private static async Task<int> Ask(Uri question, InvocationConfiguration console, CancellationToken stop)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false })
            { Timeout = Patience, MaxResponseContentBufferSize = 64 << 10 };
        try
        {
            using var answer = await http.GetAsync(question, stop);
            string text = OneLine.Brief(await answer.Content.ReadAsStringAsync(stop));
            await (answer.IsSuccessStatusCode ? console.Output : console.Error).WriteLineAsync(text);
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            string why = e is HttpRequestException ? OneLine.Brief(e.Message) : $"no answer within {Patience.TotalSeconds:0} s";
            await console.Error.WriteLineAsync($"{question} is not answered: {why}");
            return 1;
        }
    }
}
