using MnistDistributed.Model.Network;

namespace MnistDistributed.Bench.Scaling;

/// <summary>
/// A step's time by a formula, from what its parts take. A step is five phases, one after another; each lasts as long as the slowest of
/// what has to be done in it:
/// <code>
/// T         = publish + orders + gradients + pushes + optimize
/// orders    = max(call + send + receive + order / link,  R send / C,     R order / link)         0 if R = 0
/// gradients = ceil(S / N) slot
/// pushes    = max(blocks (send + receive + push / link), (Pr receive + P add) / C,  Pr push / link, P add)
/// images/s  = batch / T
/// </code>
/// N workers on S slots, R of them in other processes than the parameter server's; a worker pushes blocks, all of them P, the remote ones
/// Pr; C cores and one link, the same speed in each direction, are the server's. On one machine the workers' part of a phase is done by
/// the same C cores, so no phase is shorter than all its work divided by C. What the formula leaves out makes a step longer: waiting for
/// the slowest of several workers, threads that wake up, garbage collection, the coordinator, a network's latency. That phases may overlap
/// (an early worker pushes while a late one still computes) makes it shorter.
/// </summary>
public sealed record StepForecast
{
    private readonly OrderedDictionary<StepLimit, double> _spent = [];

    private StepForecast(int batch) => Batch = batch;

    /// <summary>Images of a step.</summary>
    public int Batch { get; }

    /// <summary>Seconds of a step.</summary>
    public double Seconds => _spent.Values.Sum();

    /// <summary>Speed of the training.</summary>
    public double ImagesPerSecond => Batch / Seconds;

    /// <summary>Bytes of weights and gradients of all workers, remote or not, as a run's report counts them.</summary>
    public long Payload { get; private init; }

    /// <summary>The share of the server's cores that the parameter server's work takes, 0 to 1.</summary>
    public double ProcessorLoad { get; private init; }

    /// <summary>The share of the time in which its grain works, 0 to 1.</summary>
    public double GrainLoad { get; private init; }

    /// <summary>The share of the time in which its link sends or receives, whichever is more, 0 to 1.</summary>
    public double LinkLoad { get; private init; }

    /// <summary>What most of the time goes into.</summary>
    public StepLimit Limit => _spent.MaxBy(pair => pair.Value).Key;

    /// <summary>Forecasts a step.</summary>
    /// <param name="costs">What its parts take.</param>
    /// <param name="share">Who computes how much.</param>
    /// <param name="place">Where.</param>
    /// <param name="batch">Images of the step.</param>
    public static StepForecast Of(StepCosts costs, StepShare share, StepPlace place, int batch)
    {
        var (engine, server, message) = costs;
        int remoteBlocks = share.BlocksOfLast(place.Remote);
        double processor = server.Publish + server.Optimize + share.Blocks * server.Add
            + place.Remote * message.Send + remoteBlocks * message.Receive;
        double grain = server.Publish + server.Optimize + share.Blocks * server.Add;
        double link = Math.Max((double)place.Remote * message.OrderBytes, (double)remoteBlocks * message.PushBytes) / place.LinkBytes;
        var forecast = new StepForecast(batch);
        forecast.Spend(StepLimit.Grain, server.Publish + server.Optimize);
        forecast.SpendLongest(Orders(message, place));
        forecast.Spend(StepLimit.Gradients, Gradients(engine, share, place));
        forecast.SpendLongest(Pushes(costs, share, place, remoteBlocks));
        double seconds = forecast.Seconds;
        return forecast with
        {
            Payload = (long)(share.Workers + share.Blocks) * new CnnShape().ParameterCount() * sizeof(float),
            ProcessorLoad = processor / seconds / place.Cores,
            GrainLoad = grain / seconds,
            LinkLoad = link / seconds,
        };
    }

    private static (StepLimit, double)[] Orders(MessageCost message, StepPlace place)
    {
        if (place.Remote == 0)
            return [(StepLimit.Latency, 0)];
        double work = place.Remote * (message.Send + (place.IsOneMachine ? message.Receive : 0));
        return
        [
            (StepLimit.Latency, message.Call + message.Send + message.Receive + message.OrderBytes / place.LinkBytes),
            (StepLimit.Cores, work / place.Cores),
            (StepLimit.Link, place.Remote * (double)message.OrderBytes / place.LinkBytes),
        ];
    }

    private static double Gradients(EngineCost engine, StepShare share, StepPlace place)
    {
        bool isBeside = place is { IsOneMachine: true, Cores: > 1 } && share.Workers > 1;
        double slot = isBeside ? engine.SlotBeside : engine.Slot;
        double busiest = share.MostSlots * slot;
        return place.IsOneMachine ? Math.Max(busiest, share.Slots * slot / place.Cores) : busiest;
    }

    private static (StepLimit, double)[] Pushes(StepCosts costs, StepShare share, StepPlace place, int remoteBlocks)
    {
        var message = costs.Message;
        double grain = share.Blocks * costs.Server.Add;
        if (place.Remote == 0)
            return [(StepLimit.Grain, grain)];
        double work = remoteBlocks * (message.Receive + (place.IsOneMachine ? message.Send : 0)) + grain;
        return
        [
            (StepLimit.Latency, share.MostBlocks * (message.Send + message.Receive + message.PushBytes / place.LinkBytes)),
            (StepLimit.Cores, work / place.Cores),
            (StepLimit.Link, remoteBlocks * (double)message.PushBytes / place.LinkBytes),
            (StepLimit.Grain, grain),
        ];
    }

    private void SpendLongest((StepLimit Limit, double Seconds)[] parts)
    {
        var (limit, seconds) = parts.MaxBy(part => part.Seconds);
        Spend(limit, seconds);
    }

    private void Spend(StepLimit limit, double seconds) => _spent[limit] = _spent.GetValueOrDefault(limit) + seconds;
}
