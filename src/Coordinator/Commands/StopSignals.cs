using System.Runtime.InteropServices;

namespace MnistDistributed.Coordinator.Commands;

/// <summary>SIGINT (Ctrl-C) and SIGTERM: the first asks the command to end in order, the second ends the process at once.</summary>
public sealed class StopSignals : IDisposable
{
    private const int Terminated = 143;

    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _first;

    /// <summary>Watches the signals from now on.</summary>
    public StopSignals()
    {
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM])
            _registrations.Add(PosixSignalRegistration.Create(signal, OnSignal));
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>The exit code of the process: what a shell shows for the signal, where the command was stopped by it.</summary>
    /// <param name="code">The command's exit code.</param>
    public int ExitCode(int code) => code == CommandErrors.Stopped && _first == (int)PosixSignal.SIGTERM ? Terminated : code;

    /// <inheritdoc/>
    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _stop.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        // What is not cancelled ends the process, as the system does it.
        context.Cancel = Interlocked.CompareExchange(ref _first, (int)context.Signal, 0) == 0;
        if (context.Cancel)
            _stop.Cancel();
    }
}
