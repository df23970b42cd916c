using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MnistDistributed.Grains.Hosting;

/// <summary>
/// SIGINT (Ctrl-C), SIGTERM, and SIGHUP of a terminal that closes: the first asks the program to end in order. A second one ends the
/// process at once, but for SIGHUP, which comes from the shell and from the system when one terminal closes, and for the same one again
/// within a moment, for <c>timeout</c> signals the process and then its group. What the program was started to ignore, as SIGHUP is
/// under nohup, stays ignored: .NET leaves it so.
/// </summary>
public sealed class StopSignals : IDisposable
{
    /// <summary>What a program that was stopped by Ctrl-C ends with, as a shell shows it.</summary>
    public const int Interrupted = 130;

    private const int HungUp = 129;
    private const int Terminated = 143;

    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _first;
    private long _firstAt;

    /// <summary>Watches the signals from now on.</summary>
    /// <param name="signals">Which; all three by default.</param>
    public StopSignals(params PosixSignal[] signals)
    {
        foreach (var signal in signals.Length > 0 ? signals : [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
            _registrations.Add(PosixSignalRegistration.Create(signal, OnSignal));
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>The exit code of a program that was stopped: what a shell shows for the first signal.</summary>
    public int Code => _first switch
    {
        (int)PosixSignal.SIGHUP => HungUp,
        (int)PosixSignal.SIGTERM => Terminated,
        _ => Interrupted,
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _stop.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        // What is not cancelled ends the process, as the system does it.
        long now = Stopwatch.GetTimestamp();
        bool isFirst = Interlocked.CompareExchange(ref _firstAt, now, 0) == 0;
        int first = Interlocked.CompareExchange(ref _first, (int)context.Signal, 0);
        bool isEcho = (first == 0 || first == (int)context.Signal) && Stopwatch.GetElapsedTime(_firstAt, now) < Moment;
        context.Cancel = isFirst || isEcho || context.Signal == PosixSignal.SIGHUP;
        if (isFirst)
            _stop.Cancel();
    }
}
