using System.CommandLine;
using System.Net;
using MnistDistributed.Grains.Hosting;

namespace MnistDistributed.Grains.Tests.Hosting;

/// <summary>What the command health says of a program, and its exit code.</summary>
public sealed class HealthCommandTests : IDisposable
{
    private readonly int _port = Ports.Free();
    private readonly HttpListener _program = new();

    public HealthCommandTests()
    {
        _program.Prefixes.Add($"http://127.0.0.1:{_port}/");
        _program.Start();
    }

    /// <summary>Ends what was asked.</summary>
    public void Dispose() => _program.Close();

    [Fact]
    public async Task A_program_that_is_well_says_so_on_the_standard_output()
    {
        var asked = Answer(200, "live");
        Assert.Equal((0, "live\n", ""), await Health());
        Assert.Equal("/health/live", await asked);
    }

    [Fact]
    public async Task A_program_that_is_not_ready_says_why_on_standard_error()
    {
        var asked = Answer(503, "The data set\nis not there");
        var (code, output, error) = await Health("--ready");
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("The data set", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.Equal("/health/ready", await asked);
    }

    [Fact]
    public async Task Whom_a_program_sends_elsewhere_is_not_well()
    {
        _ = Answer(302, "", location: $"http://127.0.0.1:{_port}/health/other");
        Assert.Equal(1, (await Health()).Code);
    }

    [Fact]
    public async Task Where_nobody_listens_one_line_says_so()
    {
        _program.Close();
        var (code, _, error) = await Health();
        Assert.Equal(1, code);
        Assert.Contains($"http://127.0.0.1:{_port}/health/live", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_does_not_answer_is_not_waited_for()
    {
        var (code, _, error) = await Health();
        Assert.Equal(1, code);
        Assert.Contains("within 3 s", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_listens_on_every_interface_is_asked_on_this_machine()
    {
        _ = Answer(200, "live");
        Assert.Equal(0, (await Health(address: IPAddress.Any)).Code);
        Assert.Equal(IPAddress.IPv6Loopback, HealthCommand.Local(new IPEndPoint(IPAddress.IPv6Any, _port)).Address);
    }

    private async Task<string> Answer(int code, string text, string? location = null)
    {
        var context = await _program.GetContextAsync();
        context.Response.StatusCode = code;
        if (location is not null)
            context.Response.RedirectLocation = location;
        await using (var writer = new StreamWriter(context.Response.OutputStream))
            await writer.WriteAsync(text);
        return context.Request.Url!.AbsolutePath;
    }

    private Task<(int Code, string Output, string Error)> Health(params string[] arguments) => Health(IPAddress.Loopback, arguments);

    private async Task<(int Code, string Output, string Error)> Health(IPAddress address, params string[] arguments)
    {
        var command = HealthCommand.Create([], _ => new IPEndPoint(address, _port));
        var (output, error) = (new StringWriter(), new StringWriter());
        int code = await command.Parse(arguments).InvokeAsync(
            new InvocationConfiguration { Output = output, Error = error }, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
