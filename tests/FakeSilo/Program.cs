// A silo's command line and its answers, without a silo. FAKE_SILO says who misbehaves and how, such as "silo-2=die,silo-3=stubborn":
// die (at once), hang (never ready), deaf (no answer at all), stubborn (does not end when asked), stranger (answers as another silo).
using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using MnistDistributed.Grains.Hosting;

string[] known = ["--name", "--silo-port", "--gateway-port", "--http-port", "--primary", "--cluster-id", "--service-id",
    "--workers", "--data", "--tls-cert", "--tls-key", "--tls-ca"];
var options = args.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);
if (options.Keys.Except(known).FirstOrDefault() is { } unknown)
{
    Console.Error.WriteLine($"Unrecognized option {unknown}");
    return 2;
}

string name = options["--name"];
string[] overridden = ["MNIST_PRIMARY", "MNIST_TLS_CERT"];
if (Environment.GetEnvironmentVariables().Keys.Cast<string>().FirstOrDefault(overridden.Contains) is { } variable)
{
    Console.Error.WriteLine($"{variable} has got through");
    return 2;
}

Console.WriteLine($"{name} is process {Environment.ProcessId}: {string.Join(' ', args)}");
// Told by its length, for a password must not be in a log.
if (Environment.GetEnvironmentVariable("MNIST_REDIS") is { } redis)
    Console.WriteLine($"Redis of {redis.Length} characters");
string conduct = (Environment.GetEnvironmentVariable("FAKE_SILO") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries)
    .Select(entry => entry.Split('=')).Where(entry => entry[0] == name).Select(entry => entry[1]).SingleOrDefault("");
if (conduct == "die")
{
    Console.Error.WriteLine("The silo cannot start: it was told so.");
    return 1;
}

var end = new TaskCompletionSource();
using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
{
    signal.Cancel = true;
    if (conduct != "stubborn")
        end.TrySetResult();
});

var builder = WebApplication.CreateEmptyBuilder(new());
builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, int.Parse(options["--http-port"])));
await using var web = builder.Build();
web.Run(context =>
{
    var (code, text) = Answer(context.Request.Path);
    context.Response.StatusCode = code;
    return context.Response.WriteAsync(text);
});
if (conduct != "deaf")
    await web.StartAsync();
await end.Task;
Console.WriteLine($"{name} ends");
return 0;

(int Code, string Text) Answer(string path) => path switch
{
    "/health/live" => (200, "live"),
    "/health/ready" => conduct == "hang" ? (503, "loading") : (200, "ready"),
    "/status" => (200, JsonSerializer.Serialize(Status(), SiloReport.Json)),
    _ => (404, ""),
};

SiloReport Status() => new()
{
    Name = conduct == "stranger" ? "another" : name,
    Pid = Environment.ProcessId,
    State = conduct == "hang" ? SiloState.Loading : SiloState.Ready,
    Problem = conduct == "hang" ? "The data set cannot be had" : null,
    Clustering = options.ContainsKey("--redis") ? "redis" : "localhost",
    ClusterId = options["--cluster-id"],
    SiloAddress = $"127.0.0.1:{options["--silo-port"]}",
    GatewayAddress = $"127.0.0.1:{options["--gateway-port"]}",
    Capacity = int.Parse(options["--workers"]),
    Workers = [$"20260131-093000/{name}/0"],
    ParameterServers = name == "silo-1" ? ["20260131-093000"] : [],
    Cores = 0.98,
    MemoryBytes = 300L << 20,
    DataDigest = null,
    ProtocolVersion = 1,
    NumericsVersion = 2,
};
