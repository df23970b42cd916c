using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using MnistDistributed.Grains.Hosting;

namespace MnistDistributed.Coordinator.Commands;

/// <summary>The whole command line.</summary>
public static class MnistCommand
{
    private static readonly Dictionary<string, string> Examples = new(StringComparer.Ordinal)
    {
        ["mnist"] = """
              ./mnist train                       train, evaluate, report
              ./mnist train --epochs 1 --seed 3   one quick epoch
              ./mnist runs                        all runs: state, progress, accuracy
              ./mnist serve                       the same with their reports, in a browser
              ./mnist scale 20260131-093000 --workers 4    the run in progress goes on with 4 workers
              ./mnist cluster up --silos 3        a cluster of three processes on this machine
              ./mnist evaluate --model runs/20260131-093000/model.safetensors
              ./mnist predict --model runs/20260131-093000/model.safetensors digit.png
              ./mnist train --help                all options of a command
            """,
        ["train"] = """
              ./mnist train
              ./mnist train --workers 4 --silos 2             the same weights as with any other number of either
              ./mnist train --workers 4 --min-workers 2       with fewer than 2 the run waits
              ./mnist train --optimizer sgd --learning-rate 0.05 --schedule cosine --warm-up 0.5
              ./mnist train --data ~/fashion-mnist            any data set in MNIST's format
              ./mnist train --resume runs/20260131-093000     go on with a run that was interrupted
              ./mnist train --from nightly --epochs 2         a new run that begins at the weights of that one
              ./mnist train --run nightly                     begin it, go on with it, or find it done: for systemd and Kubernetes

              Exit codes: 0 done, or stopped by ./mnist stop; 1 failed; 2 wrong usage; 3 too few workers for too long;
              130 stopped by Ctrl-C; 143 by SIGTERM; 129 by a terminal that closes.
              Ctrl-Z pauses; Ctrl-C stops after the step, evaluates and reports; twice, ends at once.
            """,
        ["runs"] = """
              ./mnist runs
              ./mnist runs nightly                only this one
              ./mnist runs --out ~/experiments --json
            """,
        ["serve"] = """
              ./mnist serve                       http://127.0.0.1:5080 lists the runs, with their reports
              ./mnist serve --out ~/experiments --http 127.0.0.1:8000
            """,
        ["scale"] = """
              ./mnist scale runs/20260131-093000 --workers 4       from the next step on; the weights stay the same bits
              ./mnist scale 20260131-093000 --workers auto         all that the cluster offers
            """,
        ["pause"] = """
              ./mnist pause 20260131-093000       ./mnist resume lets it go on
            """,
        ["resume"] = """
              ./mnist resume 20260131-093000      after ./mnist pause; a run that has ended goes on with ./mnist train --resume
            """,
        ["stop"] = """
              ./mnist stop 20260131-093000        ./mnist train --resume goes on where it stopped
            """,
        ["evaluate"] = """
              ./mnist evaluate --model runs/20260131-093000/model.safetensors
              ./mnist evaluate --model nightly
            """,
        ["predict"] = """
              ./mnist predict --model runs/20260131-093000/model.safetensors four.png seven.png
            """,
        ["data"] = """
              ./mnist data                        fetch MNIST into the cache, and say where it is
              ./mnist data --data ~/fashion-mnist check a folder
            """,
        ["cluster"] = """
              ./mnist cluster up --silos 3        three silo processes on this machine
              ./mnist cluster status              silos, workers and load
              ./mnist cluster down                end them
            """,
        ["up"] = """
              ./mnist cluster up --silos 3                          prints how to train on it; ends with its first silo
              ./mnist cluster up --redis 127.0.0.1:6379             any silo may die
              ./mnist cluster up --tls                              silos that speak mutual TLS, with certificates made for it
              ./mnist cluster up --silos 2 --workers 4 --dir big    another cluster beside the first, with its own record and logs
            """,
        ["status"] = """
              ./mnist cluster status              exit code 0 if every silo is ready
              ./mnist cluster status --json
            """,
        ["down"] = """
              ./mnist cluster down
            """,
        ["certificates"] = """
              ./mnist certificates certs                            a CA, and certificates for silos, coordinators and Redis
              ./mnist cluster up --tls certs                        silos that let in nobody without one
            """,
        ["health"] = """
              ./mnist health                      asks 127.0.0.1:5080; exit code 0 if it is well
              ./mnist health --ready --http 10.0.0.5:5080
            """,
        ["bench"] = """
              ./mnist bench faults                          200 trainings, to each of which other things happen
              ./mnist bench faults --plan "seed 1; silos 2; workers 3; order 7 kill-silo 1 10s"
            """,
        ["silo"] = """
              ./mnist silo                                                                                       the first silo of a cluster
              ./mnist silo --silo-port 11112 --gateway-port 30001 --http-port 8081 --primary 127.0.0.1:11111     another one
            """,
    };

    /// <summary>Makes the root command.</summary>
    public static Command Create()
    {
        var root = new Command("mnist", "Trains a convolutional network on MNIST, data-parallel on Orleans. The cluster is not part of the "
            + "result: the weights are the same bits for any number of workers and silos.")
        {
            TrainCommand.Create(),
            RunsCommand.Create(),
            ServeCommand.Create(),
            SteerCommands.Scale(),
            SteerCommands.Pause(),
            SteerCommands.Resume(),
            SteerCommands.Stop(),
            EvaluateCommand.Create(),
            PredictCommand.Create(),
            DataCommand.Create(),
            ClusterCommand.Create(),
            CertificatesCommand.Create(),
            HttpArguments.Health(),
            Program("silo", "Runs one silo of a cluster in a process of its own."),
            Program("bench", "Measures what the documents claim, such as what trainings come to while everything fails."),
        };
        var help = new HelpOption { Recursive = true };
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        root.Options.Add(help);
        root.Options.Add(new VersionOption());
        return root;
    }

    /// <summary>A program of its own, which the launcher starts; here it only has its place in the list.</summary>
    private static Command Program(string name, string description)
    {
        var program = new Command(name, description) { TreatUnmatchedTokensAsErrors = false };
        program.SetAction((Func<ParseResult, int>)(_ =>
            throw new UsageException($"'{name}' is a program of its own: start it with './mnist {name}'.")));
        return program;
    }

    private sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            int code = help.Invoke(parseResult);
            parseResult.InvocationConfiguration.Output.WriteLine($"Examples:\n{Examples[parseResult.CommandResult.Command.Name]}\n");
            return code;
        }
    }
}
