using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using MnistDistributed.Grains;
using MnistDistributed.Silo;

var defaults = new SiloOptions();
var siloPort = new Option<int>("--silo-port") { Description = "Port for other silos.", DefaultValueFactory = _ => defaults.SiloPort };
var gatewayPort = new Option<int>("--gateway-port") { Description = "Port for clients.", DefaultValueFactory = _ => defaults.GatewayPort };
var httpPort = new Option<int>("--http-port") { Description = "Port of /health/live, /health/ready and /metrics, on the loopback address.", DefaultValueFactory = _ => defaults.HttpPort };
var data = new Option<string?>("--data") { Description = "Folder with the four IDX files; without it MNIST from the cache.", HelpName = "DIR" };
var primary = new Option<IPEndPoint?>("--primary")
{
    Description = "Address of the silo that keeps the cluster's membership; without it this one does.",
    HelpName = "HOST:PORT",
    CustomParser = result =>
    {
        if (IPEndPoint.TryParse(result.Tokens[0].Value, out var address) && address.Port != 0)
            return address;
        result.AddError($"--primary {result.Tokens[0].Value}: give an address and a port, such as 127.0.0.1:11111.");
        return null;
    },
};
data.Validators.Add(result =>
{
    if (result.Tokens.Any(token => token.Value.Length == 0))
        result.AddError("--data is empty; give a path.");
});
foreach (var port in new[] { siloPort, gatewayPort, httpPort })
{
    port.Validators.Add(result =>
    {
        if (result.GetValueOrDefault<int>() is < 1 or > 65535)
            result.AddError($"{port.Name}: a port is a number from 1 to 65535.");
    });
}

var command = new RootCommand("Runs one silo in this process.") { siloPort, gatewayPort, primary, httpPort, data };
command.SetAction(async (arguments, stop) =>
{
    if (Packages.StandIns.Contains("Microsoft.Orleans"))
    {
        Console.Error.WriteLine("A silo process needs Microsoft.Orleans, which the package feed lacked when this was built: './mnist train --silos N' runs silos in one process.");
        return 1;
    }

    var options = new SiloOptions
    {
        SiloPort = arguments.GetRequiredValue(siloPort),
        GatewayPort = arguments.GetRequiredValue(gatewayPort),
        Primary = arguments.GetValue(primary),
        HttpPort = arguments.GetRequiredValue(httpPort),
        Data = arguments.GetValue(data),
    };
    try
    {
        await SiloProcess.Build(options).RunAsync(stop);
        return 0;
    }
    catch (Exception e) when (e is IOException or SocketException)
    {
        Console.Error.WriteLine($"The silo cannot start: {e.Message}");
        return 1;
    }
});

var parsed = command.Parse(args);
if (parsed.Errors.Count > 0)
{
    Console.Error.WriteLine(parsed.Errors[0].Message);
    return 2;
}

return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(15) });
