using System.Text;

namespace MnistDistributed.Grains.Hosting.Output;

/// <summary>
/// What a program prints, which is no part of its work: a log's disk that is full, a pipe without a reader, a terminal that was closed take
/// nothing from it. What is lost is told of once, on the other of standard output and standard error. Like <see cref="Console"/>, there is
/// one a process.
/// </summary>
public static class StandardOutput
{
    private static LossyStream? _output;

    /// <summary>Whether nothing is said where the reader of standard output has gone: of a command that does nothing but print.</summary>
    public static bool MayLoseReader { get; set; }

    /// <summary>Why something on standard output was lost first; null where all was written.</summary>
    public static OutputLoss? Loss => _output?.Loss;

    /// <summary>Stands before the console's streams from now on. A program's first line.</summary>
    public static void Guard()
    {
        // Without a byte order mark at the beginning.
        var encoding = Console.OutputEncoding is UTF8Encoding ? new UTF8Encoding(false) : Console.OutputEncoding;
        var output = new LossyStream(Descriptor.Output());
        var error = new LossyStream(Descriptor.Error());
        output.Lost = loss => Say(error, "output", loss);
        error.Lost = loss => Say(output, "error", loss);
        _output = output;
        Console.SetOut(new StreamWriter(output, encoding) { AutoFlush = true });
        Console.SetError(new StreamWriter(error, encoding) { AutoFlush = true });

        void Say(LossyStream other, string lost, OutputLoss loss)
        {
            if (loss.IsReaderGone && MayLoseReader)
                return;
            // Not by the other's writer: two threads that each hold the lock of one would wait for each other.
            string line = $"Standard {lost} cannot be written ({loss.Problem}): what is printed there is lost.";
            other.Write(encoding.GetBytes(line + Environment.NewLine));
        }
    }
}
