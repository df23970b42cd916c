namespace MnistDistributed.Silo.Tests.Processes;

/// <summary>
/// A run whose coordinator is held: it rests at the end of an epoch that is not its last until it is let go, however slow the test is or
/// fast
/// the silos are.
/// </summary>
internal sealed class HeldRun : IAsyncDisposable
{
    private const int Attempts = 10;

    private HeldRun(ProgramProcess train, string run, TestSilo server, int rest) => (Train, Run, Server, Rest) = (train, run, server, rest);

    /// <summary>The coordinator.</summary>
    public ProgramProcess Train { get; }

    /// <summary>The run.</summary>
    public string Run { get; }

    /// <summary>The silo of its parameter server.</summary>
    public TestSilo Server { get; }

    /// <summary>The step at which it rests.</summary>
    public int Rest { get; }

    /// <summary>Starts a training and holds it after its first epoch.</summary>
    /// <param name="silos">The silos on which it runs.</param>
    /// <param name="start">Starts the coordinator.</param>
    public static async Task<HeldRun> Start(SiloGroup silos, Func<ProgramProcess> start)
    {
        for (int attempt = 1; attempt <= Attempts; attempt++)
        {
            var train = start();
            string run = await ClusterWorkspace.RunOf(train);
            var server = await silos.ServerOf(run, train);
            await train.Line("epoch 1 done");
            train.Signal("STOP");
            // Without its coordinator it gets no further than to the end of its epoch.
            int rest = server is null ? 0 : await SiloGroup.RestOf(server, run);
            if (rest is > 0 and < ClusterWorkspace.AllSteps)
                return new HeldRun(train, run, server!, rest);

            // The run was faster than the look at it.
            train.Signal("CONT");
            await train.End();
            await train.DisposeAsync();
        }

        throw new InvalidOperationException($"Of {Attempts} runs none could be held.\n{silos.Said}");
    }

    /// <summary>Lets the coordinator go on.</summary>
    public void LetGo() => Train.Signal("CONT");

    /// <summary>Lets the coordinator go on, and waits until some steps more are done.</summary>
    public Task LetGoBy(int steps)
    {
        LetGo();
        return SiloGroup.StepsAt(Server, Run, Rest + steps);
    }

    public ValueTask DisposeAsync() => Train.DisposeAsync();
}
