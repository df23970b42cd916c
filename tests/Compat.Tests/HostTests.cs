using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MnistDistributed.Compat.Tests.Cluster;
using MnistDistributed.Compat.Tests.Grains;

namespace MnistDistributed.Compat.Tests;

public sealed class HostTests
{
    [Fact]
    public async Task A_hosted_service_that_starts_after_the_silo_calls_its_grains()
    {
        await using var silo = await TestSilo.StartAsync("host", services: services =>
        {
            services.AddSingleton<Caller>();
            services.AddHostedService(provider => provider.GetRequiredService<Caller>());
        });
        Assert.Equal("host", await silo.Host.Services.GetRequiredService<Caller>().Answer.Task.WaitAsync(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public void A_silo_knows_its_name_and_address()
    {
        var address = SiloAddress.New(new(System.Net.IPAddress.Loopback, 11111), 7);
        Assert.Equal("S127.0.0.1:11111:7", address.ToString());
        Assert.Equal(address, SiloAddress.New(new(System.Net.IPAddress.Loopback, 11111), 7));
        Assert.NotEqual(address, SiloAddress.New(new(System.Net.IPAddress.Loopback, 11111), 8));
    }

    [Fact]
    public void A_web_application_can_be_a_silo()
    {
        var builder = WebApplication.CreateBuilder();
        builder.UseOrleans(silo => Assert.Same(builder.Services, silo.Services));
        builder.Host.UseOrleans(silo => Assert.NotNull(silo.Configuration));
        Assert.Contains(builder.Services, service => service.ServiceType == typeof(ILocalSiloDetails));
    }

    private sealed class Caller(IGrainFactory grains) : BackgroundService
    {
        public TaskCompletionSource<string> Answer { get; } = new();

        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            try
            {
                Answer.SetResult(await grains.GetGrain<IHomeGrain>("caller").SiloAsync());
            }
            catch (Exception exception)
            {
                Answer.SetException(exception);
            }
        }
    }
}
