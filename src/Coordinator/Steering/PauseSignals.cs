using System.Runtime.InteropServices;

namespace MnistDistributed.Coordinator.Steering;

/// <summary>
/// SIGTSTP (Ctrl-Z) pauses a training, and a second one lets it go on; SIGCONT lets it go on. The process is never suspended: its workers
/// would hold work, and its cluster take it for dead. Windows has neither signal.
/// </summary>
public sealed class PauseSignals : IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];

    /// <summary>Watches the signals from now on.</summary>
    /// <param name="control">The run.</param>
    public PauseSignals(RunControl control)
    {
        if (OperatingSystem.IsWindows())
            return;
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTSTP, context =>
        {
            context.Cancel = true;
            if (control.IsPaused)
                control.Resume();
            else
                control.Pause();
        }));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => control.Resume()));
    }

    /// <inheritdoc/>
    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());
}
