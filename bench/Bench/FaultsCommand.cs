using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using MnistDistributed.Coordinator.Commands;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Model.Storage;
using MnistDistributed.Model.Training;
using MnistDistributed.Simulation;
using MnistDistributed.Simulation.Plans;

namespace MnistDistributed.Bench;

/// <summary>
/// <c>mnist bench faults</c>: trains under random faults, and holds each result against that of a run to which nothing happened.
/// </summary>
public static class FaultsCommand
{
    private const int UsualPlans = 200;

    private static readonly Option<int?> Plans = new("--plans")
    {
        Description = $"How many random plans; {UsualPlans} by default, 1 where --seed is given.",
        HelpName = "N",
    };

    private static readonly Option<ulong?> Seed = new("--seed")
    {
        Description = "Seed of the first plan; each plan after it has the next one. A fresh seed by default.",
        HelpName = "S",
    };

    private static readonly Option<string?> Plan = new Option<string?>("--plan")
    {
        Description = "One plan as text, such as \"seed 42; silos 2; workers 3; push 3 corrupt; order 7 kill-silo 1 10s\".",
        HelpName = "TEXT",
    }.NotEmpty("a plan");

    private static readonly Option<bool> Mnist = new("--mnist")
    {
        Description = "Trains the real network on MNIST, rather than a small network on a small data set.",
    };

    private static readonly Option<int?> Epochs = new("--epochs")
        { Description = "Epochs of each run with --mnist; 1 by default.", HelpName = "N" };

    private static readonly Option<string?> Json = new Option<string?>("--json")
        { Description = "Writes the figures to a file, too.", HelpName = "FILE" }.NotEmpty();

    private static readonly Option<string?> Trace = new Option<string?>("--trace")
    {
        Description = "Writes every call of a single plan to a file.",
        HelpName = "FILE",
    }.NotEmpty();

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var command = new Command("faults", "Trains on a simulated cluster while workers, silos, messages, the parameter server and the "
            + "coordinator fail; exit code 1 if a result differs.");
        foreach (var option in (Option[])[Plans, Seed, Plan, Mnist, Epochs, Json, Trace])
            command.Options.Add(option);
        command.SetAction(Run);
        return command;
    }

    private static async Task<int> Run(ParseResult arguments, CancellationToken stop)
    {
        // Signals are watched from the first wait on.
        await Task.Yield();
        Check(arguments);
        var subject = arguments.GetValue(Mnist)
            ? SimulationSubject.Of(await DataSets.Load(null, stop), arguments.GetValue(Epochs) ?? 1)
            : SimulationSubject.Small;
        var plans = PlansOf(arguments, new SlotPlan(subject.Spec).TotalSteps);

        if (plans.Count == 1)
            Console.Error.WriteLine(plans[0]);
        var report = new FaultSoak(subject, ReplayOptions(arguments), Console.Error).Run(plans, stop);
        Console.Write(FaultTable.Of(report.Figures));
        // Last: where they cannot be written, the measurement is not lost.
        if (arguments.GetValue(Trace) is { } trace)
            AtomicFile.Write(trace, stream => WriteLines(stream, report.LastTrace));
        if (arguments.GetValue(Json) is { } json)
            AtomicFile.Write(json, stream => JsonSerializer.Serialize(stream, report.Figures, FaultFigures.Json));
        return report.Figures.Failures.Count == 0 ? 0 : CommandErrors.Failure;
    }

    private static void Check(ParseResult arguments)
    {
        if (arguments.GetValue(Plan) is not null && (arguments.GetValue(Plans) is not null || arguments.GetValue(Seed) is not null))
            throw new UsageException("--plan is one plan with a seed of its own: give it without --plans and --seed.");
        if (arguments.GetValue(Plans) is < 1)
            throw new UsageException("--plans is 1 or more.");
        if (arguments.GetValue(Epochs) is { } epochs && (!arguments.GetValue(Mnist) || epochs < 1))
            throw new UsageException("--epochs is 1 or more, and goes with --mnist.");
        if (arguments.GetValue(Trace) is not null && arguments.GetValue(Plan) is null && Count(arguments) != 1)
            throw new UsageException("--trace is of a single plan: give --plan, or --seed.");
    }

    private static int Count(ParseResult arguments) => arguments.GetValue(Plans) ?? (arguments.GetValue(Seed) is null ? UsualPlans : 1);

    private static List<FaultPlan> PlansOf(ParseResult arguments, int steps)
    {
        if (arguments.GetValue(Plan) is { } text)
        {
            try
            {
                return [FaultPlan.Parse(text)];
            }
            catch (FormatException e)
            {
                throw new UsageException(e.Message);
            }
        }

        ulong seed = arguments.GetValue(Seed) ?? (ulong)RandomNumberGenerator.GetInt32(int.MaxValue);
        return [.. Enumerable.Range(0, Count(arguments)).Select(i => FaultPlans.Random(seed + (ulong)i, steps))];
    }

    private static string ReplayOptions(ParseResult arguments) => !arguments.GetValue(Mnist) ? ""
        : string.Create(CultureInfo.InvariantCulture, $" --mnist{(arguments.GetValue(Epochs) is { } epochs ? $" --epochs {epochs}" : "")}");

    private static void WriteLines(Stream stream, IReadOnlyList<string> lines)
    {
        using var writer = new StreamWriter(stream, leaveOpen: true);
        foreach (string line in lines)
            writer.WriteLine(line);
    }
}
