using System.Runtime.InteropServices;

namespace MnistDistributed.Grains.Hosting.Output;

/// <summary>
/// A standard stream as the system has it. .NET's own takes a pipe without a reader for one that is read, and a file that got the number of
/// a stream that was closed for that stream.
/// </summary>
internal sealed class Descriptor
{
    // The same on every Unix, but for the last, which is Linux's and the BSDs'.
    private const int InputOutputError = 5;
    private const int Interrupted = 4;
    private const int BrokenPipe = 32;
    private static readonly int TryAgain = OperatingSystem.IsLinux() ? 11 : 35;

    private const int CloseOnExec = 0x80000;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly int _number;
    private readonly Stream? _stream;

    private Descriptor(int number, Func<Stream> open)
    {
        _number = number;
        _stream = OperatingSystem.IsWindows() ? open() : null;
        IsClosed = OperatingSystem.IsLinux() && IsNotInherited(number);
    }

    /// <summary>Whether the program was started without it.</summary>
    public bool IsClosed { get; }

    /// <summary>Standard output.</summary>
    public static Descriptor Output() => new(1, Console.OpenStandardOutput);

    /// <summary>Standard error.</summary>
    public static Descriptor Error() => new(2, Console.OpenStandardError);

    /// <summary>Writes all of it, or says why not.</summary>
    public OutputLoss? Write(ReadOnlySpan<byte> bytes)
    {
        if (IsClosed)
            return new OutputLoss("it is closed", IsReaderGone: false);
        return _stream is null ? WriteToDescriptor(bytes) : WriteToStream(_stream, bytes);
    }

    private static OutputLoss? WriteToStream(Stream stream, ReadOnlySpan<byte> bytes)
    {
        try
        {
            stream.Write(bytes);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new OutputLoss(Model.OneLine.Brief(e.Message).TrimEnd('.'), IsReaderGone: false);
        }
    }

    private OutputLoss? WriteToDescriptor(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            nint written = Write(_number, ref MemoryMarshal.GetReference(bytes), bytes.Length);
            int error = written < 0 ? Marshal.GetLastPInvokeError() : 0;
            if (error == TryAgain)
                Thread.Sleep(Pause);
            else if (error is not 0 and not Interrupted)
                return new OutputLoss(Marshal.GetPInvokeErrorMessage(error), IsReaderGone: error is BrokenPipe or InputOutputError);
            bytes = bytes[(int)Math.Max(0, written)..];
        }

        return null;
    }

    /// <summary>What a program is started with lives on where programs start; what it opens itself does not.</summary>
    private static bool IsNotInherited(int number)
    {
        try
        {
            string flags = File.ReadLines($"/proc/self/fdinfo/{number}").First(line => line.StartsWith("flags:", StringComparison.Ordinal));
            return (Convert.ToInt32(flags["flags:".Length..].Trim(), 8) & CloseOnExec) != 0;
        }
        catch (FileNotFoundException)
        {
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException or FormatException)
        {
            // A system without /proc: then writing tells.
            return false;
        }
    }

    [DllImport("libc", EntryPoint = "write", SetLastError = true)]
    private static extern nint Write(int descriptor, ref byte first, nint count);
}
