using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Model.Protocol;
using Orleans.Serialization;

namespace MnistDistributed.Bench.Scaling;

/// <summary>
/// Measures a message between two processes, with pushes to a parameter server that is not open: it takes them in and does nothing.
/// </summary>
/// <param name="server">The parameter server; its run must not be there.</param>
/// <param name="silo">The process that it is in.</param>
/// <param name="parameters">Weights of the network.</param>
public sealed class MessageMeasurement(IParameterServerGrain server, Process silo, int parameters)
{
    // Until then both processes still compile, which is processor time, too.
    private const int CallsBefore = 500;
    private const int Calls = 500;

    private readonly byte[] _payload = new byte[parameters * sizeof(float)];

    /// <summary>Measures it.</summary>
    public async Task<MessageCost> Measure()
    {
        var push = Push(new BlockPush { First = 0, Count = 1, Gradient = _payload, Loss = 1, Hits = 0, Samples = 1, Digest = 0 });
        var (call, _, _) = await Call(Push());
        var (_, send, receive) = await Call(push);
        using var services = new ServiceCollection().AddSerializer().BuildServiceProvider();
        var serializer = services.GetRequiredService<Serializer>();
        byte[] written = serializer.SerializeToArray(push);
        return new MessageCost(send, receive, call, serializer.SerializeToArray(Order()).Length, written.Length,
            Time(() => serializer.SerializeToArray(push)), Time(() => serializer.Deserialize<GradientPush>(written)));
    }

    private async Task<(double Answered, double Sender, double Receiver)> Call(GradientPush push)
    {
        for (int i = 0; i < CallsBefore; i++)
            await server.Push(push);
        using var own = Process.GetCurrentProcess();
        var (sender, receiver) = (Processor(own), Processor(silo));
        double[] answered = new double[Calls];
        for (int i = 0; i < Calls; i++)
        {
            long began = Stopwatch.GetTimestamp();
            await server.Push(push);
            answered[i] = Stopwatch.GetElapsedTime(began).TotalSeconds;
        }

        return (Median.Of(answered), (Processor(own) - sender) / Calls, (Processor(silo) - receiver) / Calls);
    }

    private static double Processor(Process process)
    {
        process.Refresh();
        return process.TotalProcessorTime.TotalSeconds;
    }

    private static double Time(Action action) => ProcessorTime.MedianOf(CallsBefore, Calls, _ => ProcessorTime.Of(action));

    private static GradientPush Push(params BlockPush[] blocks) => new()
        { Session = Guid.NewGuid(), Term = 1, Step = 1, Blocks = blocks, ComputeSeconds = 1, Order = 1, AsksNext = true };

    private NextReply Order() => new()
    {
        Kind = NextKind.Work, Term = 1, Step = 1, Images = null, Blocks = [0, 1], First = 0, Count = 0, Weights = _payload,
        WeightsDigest = ulong.MaxValue, Order = 1,
    };
}
