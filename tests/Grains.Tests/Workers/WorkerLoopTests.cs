using System.Collections.Concurrent;
using System.IO.Hashing;
using Microsoft.Extensions.Logging;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Grains.Telemetry;
using MnistDistributed.Grains.Workers;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Grains.Tests.Workers;

public class WorkerLoopTests
{
    [Fact]
    public async Task A_run_whose_engine_this_build_lacks_is_given_up_at_once_and_in_one_line()
    {
        int offers = 0;
        string? left = null;
        var offer = new RunOffer
        {
            IsOpen = true, IsOver = false, Spec =
                RunSpecJson.Write(new RunSpec { Engine = "cuda", TrainingImages = 6000, DataDigest = new string('0', 64) }),
            ProtocolVersion = TrainingProtocol.Version, NumericsVersion = GradientEngines.NumericsVersion,
        };
        var server = Fake.Of<IParameterServerGrain>((call, arguments) => call.Name switch
        {
            "Offer" => Offer(),
            "Leave" => Leave((string?)arguments[1]),
            _ => throw new NotSupportedException(call.Name),
        });
        var log = new LogLines<WorkerLoop>();

        var loop = Loop(server, new NoData(), log);
        await loop.Run();

        Assert.True(loop.WasRefused);
        Assert.Equal(1, offers);
        string line = Assert.Single(log.Lines);
        Assert.Contains(
            $"There is no engine 'cuda'; {string.Join(" or ", GradientEngines.Names)} would do.", line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
        Assert.StartsWith("Worker run/silo/0 gave up: the offer of run run is not a run's spec: There is no engine 'cuda'", left,
            StringComparison.Ordinal);

        Task<RunOffer> Offer()
        {
            offers++;
            return Task.FromResult(offer);
        }

        Task Leave(string? trouble)
        {
            left = trouble;
            return Task.CompletedTask;
        }
    }

    [Theory]
    [InlineData(7, 1)]
    [InlineData(1, 7)]
    public async Task A_worker_leaves_the_spec_of_another_version_unread_and_lets_the_run_refuse_it(int protocol, int numerics)
    {
        var joins = new ConcurrentQueue<JoinRequest>();
        var server = Fake.Of<IParameterServerGrain>((call, arguments) => call.Name switch
        {
            "Offer" => Task.FromResult(new RunOffer { IsOpen = true, IsOver = false, Spec =
                "what only the other version can read", ProtocolVersion = protocol, NumericsVersion = numerics }),
            "Join" => Answer((JoinRequest)arguments[0]!),
            _ => throw new NotSupportedException(call.Name),
        });
        var log = new LogLines<WorkerLoop>();

        var loop = Loop(server, new NoData(), log);
        await loop.Run();

        Assert.True(loop.WasRefused);
        var hello = Assert.Single(joins);
        Assert.Equal((TrainingProtocol.Version, GradientEngines.NumericsVersion, "run/silo/0"),
            (hello.ProtocolVersion, hello.NumericsVersion, hello.Worker));
        Assert.Equal("The run refused this silo's worker: another version", Assert.Single(log.Lines));

        Task<JoinReply> Answer(JoinRequest request)
        {
            joins.Enqueue(request);
            return Task.FromResult(new JoinReply { IsOpen = true, Refusal = "another version" });
        }
    }

    [Fact]
    public async Task A_push_over_the_size_of_a_message_goes_in_one_message_a_block()
    {
        // Six blocks of 26 MB each.
        int[] blocks = [1, 1, 2, 2, 4, 4, 8, 4, 12, 2, 14, 1];
        var data = SmallData.Set(training: 16, test: 1, "worker");
        var spec = new RunSpec { Slots = 16, Batch = 16, Validation = 0, TrainingImages = 16, DataDigest = data.Digest, Network =
            new CnnShape(16, 256, 1024) };
        int bytes = spec.Network.ParameterCount() * sizeof(float);
        byte[] weights = new byte[bytes];
        Assert.InRange(blocks.Length / 2 * (long)bytes, MessageSize.Limit + 1L, long.MaxValue);
        var pushes = new ConcurrentQueue<GradientPush>();
        var orders = new ConcurrentQueue<NextReply>([Order(NextKind.Work), Order(NextKind.Stop)]);
        var server = Fake.Of<IParameterServerGrain>((call, arguments) => call.Name switch
        {
            "Offer" => Task.FromResult(new RunOffer
            {
                IsOpen = true, IsOver = false, Spec = RunSpecJson.Write(spec), ProtocolVersion = TrainingProtocol.Version, NumericsVersion =
                    GradientEngines.NumericsVersion,
            }),
            "Join" => Task.FromResult(new JoinReply { IsOpen = true, Refusal = null }),
            "Next" =>
                Task.FromResult(orders.TryDequeue(out var order) ? order : throw new InvalidOperationException("It should have stopped.")),
            "Push" => Taken((GradientPush)arguments[0]!),
            _ => throw new NotSupportedException(call.Name),
        });

        await Loop(server, new LoadedDataSet(data), new LogLines<WorkerLoop>()).Run();

        Assert.Equal(blocks, pushes.SelectMany(push => push.Blocks).SelectMany(block => new[] { block.First, block.Count }));
        Assert.All(pushes, push => Assert.Equal(bytes, Assert.Single(push.Blocks).Gradient.Length));
        Assert.Single(pushes.Select(push => (push.Session, push.Term, push.Step)).Distinct());

        NextReply Order(NextKind kind) => new()
        {
            Kind = kind, Term = 1, Step = 0, Order = 1, Images = null, Blocks = blocks, First = 0, Count = 0, Weights =
                weights, WeightsDigest = XxHash3.HashToUInt64(weights),
        };

        Task<PushReply> Taken(GradientPush push)
        {
            pushes.Enqueue(push);
            return Task.FromResult(new PushReply { Outcome = PushOutcome.Accepted, Next = null });
        }
    }

    [Fact]
    public async Task Weights_that_were_damaged_on_their_way_are_not_computed_with_but_asked_for_again()
    {
        var data = SmallData.Set(training: 8, test: 1, "worker");
        var spec = new RunSpec
            { Slots = 8, Batch = 8, Validation = 0, TrainingImages = 8, DataDigest = data.Digest, Network = new CnnShape(16, 16, 16) };
        byte[] weights = new byte[spec.Network.ParameterCount() * sizeof(float)];
        byte[] damaged = (byte[])weights.Clone();
        damaged[5] ^= 4;
        var held = new List<(int Term, int Step)>();
        var pushes = new List<GradientPush>();
        var server = Fake.Of<IParameterServerGrain>((call, arguments) => call.Name switch
        {
            "Offer" => Task.FromResult(new RunOffer
            {
                IsOpen = true, IsOver = false, Spec = RunSpecJson.Write(spec), ProtocolVersion = TrainingProtocol.Version, NumericsVersion =
                    GradientEngines.NumericsVersion,
            }),
            "Join" => Task.FromResult(new JoinReply { IsOpen = true, Refusal = null }),
            "Next" => Next((int)arguments[1]!, (int)arguments[2]!),
            "Push" => Taken((GradientPush)arguments[0]!),
            _ => throw new NotSupportedException(call.Name),
        });
        var log = new LogLines<WorkerLoop>();

        await Loop(server, new LoadedDataSet(data), log).Run();

        // What it says that it holds: nothing, and after the damaged weights nothing again.
        Assert.Equal([(0, 0), (0, 0), (3, 0)], held);
        Assert.Equal(BlockGradient.DigestOf(pushes.Single().Blocks[0].Gradient, new(pushes[0].Blocks[0].Loss, pushes[0].Blocks[0].Hits, 8)),
            pushes[0].Blocks[0].Digest);
        Assert.Equal("Worker run/silo/0 got weights of step 0 that were damaged or lost; it asks again", Assert.Single(log.Lines));

        Task<NextReply> Next(int term, int step)
        {
            held.Add((term, step));
            return Task.FromResult(new NextReply
            {
                Kind = held.Count > 2 ? NextKind.Stop
                    : NextKind.Work, Term = 3, Step = 0, Images = null, Blocks = [0, 8], First = 0, Count = 0,
                Order = 1, Weights = held.Count == 1 ? damaged : weights, WeightsDigest = XxHash3.HashToUInt64(weights),
            });
        }

        Task<PushReply> Taken(GradientPush push)
        {
            pushes.Add(push);
            return Task.FromResult(new PushReply { Outcome = PushOutcome.Accepted, Next = null });
        }
    }

    private static WorkerLoop Loop(IParameterServerGrain server, IDataSetSource data, ILogger log) =>
        new("run/silo/0", server, data, GradientEngines.Create, TimeProvider.System, new RunMeter("run").Of("run/silo/0"),
            new SiloRelay("run", new LocalServers(), TimeProvider.System), log);

    private sealed class NoData : IDataSetSource
    {
        public Task<DataSet> Get(CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
