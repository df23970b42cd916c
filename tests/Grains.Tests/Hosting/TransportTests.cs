using System.Buffers;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MnistDistributed.Grains.Hosting.Transport;
using Orleans.Networking.Shared;

namespace MnistDistributed.Grains.Tests.Hosting;

public class TransportTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_connection_of_a_silo_and_of_a_client_is_one()
    {
        foreach (var builder in (HostApplicationBuilder[])[
            Host.CreateEmptyApplicationBuilder(null).UseOrleans(silo => silo.UseLocalhostClustering()),
            Host.CreateEmptyApplicationBuilder(null).UseOrleansClient(client => client.UseLocalhostClustering())])
        {
            Assert.Empty(Ours(builder.Services));
            builder.Services.UseBulkTransport();
            Assert.NotEmpty(Ours(builder.Services));
            Assert.Empty(builder.Services.Where(IsTransport).Except(Ours(builder.Services)));
        }

        static bool IsTransport(ServiceDescriptor service) =>
            service.ServiceType == typeof(IConnectionFactory) || service.ServiceType == typeof(IConnectionListenerFactory);

        static IEnumerable<ServiceDescriptor> Ours(IServiceCollection services) =>
            services.Where(service => IsTransport(service) && service.KeyedImplementationType == typeof(BulkConnectionFactory));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(900_136)]
    [InlineData(5_000_000)]
    public async Task What_is_written_is_read_at_the_other_end(int length)
    {
        var (near, far) = await Connect();
        byte[] sent = new byte[length];
        new Random(length).NextBytes(sent);

        var writing = Task.Run(async () => await near.Transport.Output.WriteAsync(sent, Stop), Stop);
        var read = await far.Transport.Input.ReadAtLeastAsync(length, Stop);

        Assert.Equal(sent, read.Buffer.ToArray());
        await writing;
        await near.DisposeAsync();
        await far.DisposeAsync();
    }

    [Fact]
    public async Task Who_closes_ends_both_directions_for_both()
    {
        var (near, far) = await Connect();
        var closed = new TaskCompletionSource();
        near.ConnectionClosed.Register(closed.SetResult);
        var reading = far.Transport.Input.ReadAsync(Stop).AsTask();

        near.Abort();
        near.Abort();

        await closed.Task.WaitAsync(Stop);
        // Reset, or at its end: it has no more to say.
        Assert.True(await Record.ExceptionAsync(() => reading) is IOException || (await reading).IsCompleted);
        await Assert.ThrowsAnyAsync<Exception>(async () => await near.Transport.Output.WriteAsync(new byte[1], Stop));
        await far.DisposeAsync();
        Assert.True(far.ConnectionClosed.WaitHandle.WaitOne());
    }

    [Fact]
    public async Task A_reader_and_a_writer_that_wait_can_be_told_to_give_up()
    {
        var (near, far) = await Connect();
        var reading = near.Transport.Input.ReadAsync(Stop).AsTask();
        near.Transport.Input.CancelPendingRead();
        Assert.True((await reading).IsCanceled);

        // More than both sockets hold, and nobody reads.
        near.Transport.Output.Write(new byte[64 << 20]);
        var writing = near.Transport.Output.FlushAsync(Stop).AsTask();
        Assert.False(writing.IsCompleted);
        near.Transport.Output.CancelPendingFlush();
        Assert.True((await writing).IsCanceled);
        near.Abort();
        far.Abort();
    }

    [Fact]
    public async Task A_port_that_nobody_listens_at_is_an_error_as_Orleans_has_it()
    {
        var factory = Factory();
        var listener = await factory.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), Stop);
        var port = listener.EndPoint;
        await Assert.ThrowsAsync<AddressInUseException>(async () => await factory.BindAsync(port, Stop));
        var accepting = listener.AcceptAsync(Stop).AsTask();

        await listener.UnbindAsync(Stop);

        Assert.Null(await accepting);
        var error = await Assert.ThrowsAsync<SocketConnectionException>(async () => await factory.ConnectAsync(port, Stop));
        Assert.Equal($"Unable to connect to {port}. Error: ConnectionRefused", error.Message);
    }

    private static BulkConnectionFactory Factory() => new(Microsoft.Extensions.Options.Options.Create(new SocketConnectionOptions()));

    private static async Task<(ConnectionContext Near, ConnectionContext Far)> Connect()
    {
        var factory = Factory();
        await using var listener = await factory.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), Stop);
        var accepting = listener.AcceptAsync(Stop).AsTask();
        var near = await factory.ConnectAsync(listener.EndPoint, Stop);
        return (near, (await accepting)!);
    }
}
