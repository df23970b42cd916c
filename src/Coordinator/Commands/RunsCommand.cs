using System.CommandLine;
using System.Globalization;
using MnistDistributed.Coordinator.Reports;
using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Coordinator.Terminal;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Model;
using Spectre.Console;

namespace MnistDistributed.Coordinator.Commands;

/// <summary><c>mnist runs</c>: all runs, with state, progress and accuracy.</summary>
public static class RunsCommand
{
    private const string Missing = "-";

    private static readonly Argument<string[]> Runs = new Argument<string[]>("RUN")
    {
        Description = "Only these: folders of runs, or names in --out. Without any, all in --out.",
        Arity = ArgumentArity.ZeroOrMore,
    }.NotEmpty();

    private static readonly Option<string> Dir = new Option<string>("--out", "--dir")
    {
        Description = CommonOptions.Out.Description,
        HelpName = CommonOptions.Out.HelpName,
        DefaultValueFactory = CommonOptions.Out.DefaultValueFactory,
    }.NotEmpty();

    private static readonly Option<bool> Json = new("--json") { Description = "Prints them as JSON." };

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var command = new PrintingCommand("runs", "Lists all runs, the newest last: state, progress, accuracy, workers.")
            { Runs, Dir, Json };
        command.SetAction(List);
        return command;
    }

    private static int List(ParseResult arguments)
    {
        string dir = arguments.GetRequiredValue(Dir);
        var output = arguments.InvocationConfiguration.Output;
        if (!Directory.Exists(dir) && arguments.IsGiven(Dir))
            throw new InvalidDataException($"{dir}: no such folder.");
        var time = TimeProvider.System;
        string[] named = arguments.GetValue(Runs) ?? [];
        var runs = named.Length == 0 ? RunEntry.All(dir, time) : [.. named.Select(run => RunEntry.Look(RunPath.Find(run, dir), time))];
        if (arguments.GetValue(Json))
            output.WriteLine(RunEntry.ToJson(runs));
        else if (runs.Count == 0)
            output.WriteLine($"No runs in {dir}: ./mnist train makes one.");
        else
            Print(runs, output, time.GetUtcNow());
        return 0;
    }

    private static void Print(IReadOnlyList<RunEntry> runs, TextWriter output, DateTimeOffset now)
    {
        TableConsole.For(output).Write(Table(runs, now));
        foreach (var run in runs.Where(run => run.Note is not null))
            output.WriteLine($"{OneLine.Of(run.Id)}: {run.Note}");
    }

    private static Table Table(IEnumerable<RunEntry> runs, DateTimeOffset now)
    {
        var table = new Table().NoBorder();
        foreach (string title in (string[])["run", "state", "step", "epoch", "accuracy", "workers", "age"])
            table.AddColumn(new TableColumn(title).PadRight(2).NoWrap());
        foreach (var run in runs)
            table.AddRow([.. Cells(run, now).Select(text => new Text(text))]);
        return table;
    }

    private static IEnumerable<string> Cells(RunEntry run, DateTimeOffset now) =>
    [
        OneLine.Of(run.Id),
        run.State,
        Of(run.Step, run.TotalSteps),
        Of(run.Epoch, run.Epochs),
        Accuracy(run),
        run.Workers?.ToString(CultureInfo.InvariantCulture) ?? Missing,
        run.Started is { } started ? Format.Age(now - started) : Missing,
    ];

    private static string Accuracy(RunEntry run) => run switch
    {
        { TestAccuracy: { } test } => $"{Format.Percent(test)} test",
        { ValidationAccuracy: { } validation } => $"{Format.Percent(validation)} validation",
        _ => Missing,
    };

    private static string Of(int? done, int? all) => done is null ? Missing : string.Create(CultureInfo.InvariantCulture, $"{done}/{all}");
}
