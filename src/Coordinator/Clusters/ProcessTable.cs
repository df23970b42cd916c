using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace MnistDistributed.Coordinator.Clusters;

/// <summary>The machine's processes: which one a number stands for, and how to end it.</summary>
public static class ProcessTable
{
    private const int SigTerm = 15;
    private const int SigKill = 9;
    private const int NoSuchProcess = 3;

    /// <summary>
    /// When a process started, as a text that no other process with its number has, before or after; null if there is none, or only a
    /// dead one whose parent has not asked for its end.
    /// </summary>
    /// <param name="pid">The process.</param>
    public static string? StartOf(int pid) => OperatingSystem.IsLinux() ? StartOnLinux(pid) : StartElsewhere(pid);

    /// <summary>Asks a process to end (SIGTERM); on Windows, which has no such request for another's console, it is killed.</summary>
    /// <param name="pid">The process; one that is gone by now is no error.</param>
    /// <exception cref="ClusterException">It is another user's.</exception>
    public static void Terminate(int pid) => Signal(pid, SigTerm);

    /// <summary>Kills a process.</summary>
    /// <inheritdoc cref="Terminate"/>
    public static void Kill(int pid) => Signal(pid, SigKill);

    // Counted by the kernel from its own start, which is exact, where .NET adds it to a clock that can be set.
    private static string? StartOnLinux(int pid)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            // The second field is the program's name, which may hold anything; the third is the state, the 22nd the start.
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : $"{File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim()}/{fields[19]}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? StartElsewhere(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return process.HasExited ? null : process.StartTime.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return null;
        }
    }

    private static void Signal(int pid, int signal)
    {
        if (OperatingSystem.IsWindows())
            KillOnWindows(pid);
        else if (SendSignal(pid, signal) != 0 && Marshal.GetLastPInvokeError() is var error and not NoSuchProcess)
            throw new ClusterException($"Process {pid} cannot be ended: {Marshal.GetPInvokeErrorMessage(error)}.");
    }

    private static void KillOnWindows(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // It is gone.
        }
        catch (Exception e) when (e is Win32Exception or AggregateException)
        {
            throw new ClusterException($"Process {pid} cannot be ended: {e.Message}");
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int pid, int signal);
}
