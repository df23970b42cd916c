using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Interfaces;
using MnistDistributed.Grains.Messages;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Grains.Tests;

public class WorkerLoopTests
{
    [Fact]
    public async Task A_run_whose_engine_this_build_lacks_is_given_up_at_once_and_in_one_line()
    {
        var server = new Server(RunSpecJson.Write(new RunSpec { Engine = "cuda", TrainingImages = 6000, DataDigest = new string('0', 64) }));
        var log = new Console();

        var loop = new WorkerLoop("run/silo/0", server, new NoData(), log);
        await server.Left.Task;
        await loop.Stop();

        Assert.True(loop.WasRefused);
        Assert.Equal(1, server.Offers);
        string line = Assert.Single(log.Lines);
        Assert.Contains($"There is no engine 'cuda'; {string.Join(" or ", GradientEngines.Names)} would do.", line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
        Assert.StartsWith("Worker run/silo/0 gave up: the offer of run run is not a run's spec: There is no engine 'cuda'", await server.Left.Task, StringComparison.Ordinal);
    }

    private sealed class Server(string spec) : IParameterServerGrain
    {
        public TaskCompletionSource<string?> Left { get; } = new();

        public int Offers { get; private set; }

        public Task<RunOffer> Offer()
        {
            Offers++;
            return Task.FromResult(new RunOffer { IsOpen = true, IsOver = false, Spec = spec, ProtocolVersion = TrainingProtocol.Version, NumericsVersion = GradientEngines.NumericsVersion });
        }

        public Task Leave(Guid session, string? trouble)
        {
            Left.TrySetResult(trouble);
            return Task.CompletedTask;
        }

        public Task<OpenReply> Open(OpenRequest request) => throw new NotSupportedException();

        public Task<JoinReply> Join(JoinRequest request) => throw new NotSupportedException();

        public Task<NextReply> Next(Guid session, int term, int step) => throw new NotSupportedException();

        public Task<PushOutcome> Push(GradientPush push) => throw new NotSupportedException();

        public Task<PushOutcome> PushLogits(LogitsPush push) => throw new NotSupportedException();

        public Task<RunStatus> Watch(int term, RunPhase? seen) => throw new NotSupportedException();

        public Task<byte[]?> Snapshot(int term) => throw new NotSupportedException();

        public Task<byte[]?> Logits(int term, int step) => throw new NotSupportedException();

        public Task Continue(int term, int step) => throw new NotSupportedException();

        public Task<byte[]?> HandOver(int term) => throw new NotSupportedException();

        public Task Leaving() => throw new NotSupportedException();

        public Task Close(int term) => throw new NotSupportedException();
    }

    private sealed class NoData : IDataSetSource
    {
        public Task<DataSet> Get(CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    /// <summary>What a console would show.</summary>
    private sealed class Console : ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{formatter(state, exception)}{(exception is null ? "" : $"\n{exception}")}");
    }
}
