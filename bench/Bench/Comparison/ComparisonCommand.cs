using System.CommandLine;
using System.Text.Json;
using MnistDistributed.Coordinator.Commands;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Model.Storage;

namespace MnistDistributed.Bench.Comparison;

/// <summary><c>mnist bench</c>: ours and its peers in turns, in one run.</summary>
public static class ComparisonCommand
{
    private static readonly Option<int> Rounds = new("--rounds")
    {
        Description = "Rounds, in each of which every contender has its turn.",
        HelpName = "N",
        DefaultValueFactory = _ => 5,
    };

    private static readonly Option<string?> Json = new Option<string?>("--json")
        { Description = "Writes the table, the machine and every round's values to a file, too.", HelpName = "FILE" }.NotEmpty();

    /// <summary>Makes it what a command does that is called without a command of its own.</summary>
    public static void AddTo(Command command)
    {
        command.Options.Add(Rounds);
        command.Options.Add(Json);
        command.SetAction(Run);
    }

    private static async Task<int> Run(ParseResult arguments, CancellationToken stop)
    {
        await Task.Yield();
        int rounds = arguments.GetNumber(Rounds, 1, 1000);
        // What is fetched on first use would be the first contender's alone.
        await DataSets.Load(null, stop);
        var contenders = await Contenders.Find(stop);
        foreach (string line in contenders.Missing)
            Console.Error.WriteLine(line);
        var report = new ComparisonReport
        {
            Machine = Machine.This,
            Contenders = await Measure(contenders.All, rounds, stop),
            Missing = contenders.Missing,
        };
        Console.WriteLine($"{report.Conditions}\n\n{ComparisonTable.Of(report.Rows)}");
        // Last: where it cannot be written, the measurement is not lost.
        if (arguments.GetValue(Json) is { } json)
            AtomicFile.Write(json, stream => JsonSerializer.Serialize(stream, report, ComparisonReport.Json));
        return 0;
    }

    private static async Task<IReadOnlyList<ContenderResult>> Measure(
        IReadOnlyList<Contender> contenders, int rounds, CancellationToken stop)
    {
        var measured = contenders.Select(_ => new List<Figures>()).ToList();
        for (int round = 0; round < rounds; round++)
        {
            // Who comes first in a round comes last in the next.
            foreach (var (i, contender) in round % 2 == 0 ? contenders.Index() : contenders.Index().Reverse())
            {
                Console.Error.WriteLine($"round {round + 1} of {rounds}: {contender.Name}");
                measured[i].Add(await contender.Measure(stop));
            }
        }

        return [.. contenders.Zip(measured, (contender, figures) =>
            new ContenderResult(contender.Name, contender.Threads, contender.IsOurs, figures))];
    }
}
