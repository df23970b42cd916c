using System.Runtime.InteropServices;
using System.Runtime.Loader;
using TorchSharp;

namespace MnistDistributed.Model.Engine.Torch;

/// <summary>
/// The native libraries under TorchSharp: libtorch, half a gigabyte that only some builds have, and TorchSharp's own over it.
/// </summary>
public static class Libtorch
{
    private const string Binding = "LibTorchSharp";

    private const string Missing =
        "The torch engine needs libtorch, which is not part of this build: set WithLibtorch=true, as in 'WithLibtorch=true ./mnist silo'; "
            + "'./mnist train --engine torch' does it by itself.";

    private static readonly Lazy<string?> Loading = new(TryLoad);

    /// <summary>Why they cannot be used, in one line that says what would help; null if they can.</summary>
    public static string? Problem => Loading.Value;

    /// <summary>
    /// Loads them. TorchSharp would do so itself, but where they are missing
    /// it looks through the user's package cache and copies what it finds.
    /// </summary>
    /// <exception cref="DllNotFoundException">They are not part of this build, or do
    /// not load on this machine; the message is <see cref="Problem"/>.</exception>
    public static void Load()
    {
        if (Problem is { } problem)
            throw new DllNotFoundException(problem);
    }

    private static string? TryLoad()
    {
        if (Find("*torch_cpu.*") is null)
            return Missing;
        try
        {
            foreach (string library in (string[])["torch_cpu", "torch"])
                NativeLibrary.Load(library, typeof(torch).Assembly, null);
            LoadBinding();
            return null;
        }
        catch (Exception e) when (e is DllNotFoundException or IOException or UnauthorizedAccessException)
        {
            return $"The torch engine needs libtorch, which does not load on this machine: {OneLine.Of(e.Message)}";
        }
    }

    private static void LoadBinding()
    {
        try
        {
            NativeLibrary.Load(Binding, typeof(torch).Assembly, null);
        }
        catch (DllNotFoundException e) when (e.Message.Contains(ElfVersion.Newest, StringComparison.Ordinal))
        {
            nint binding = LoadOnOlderSystem(Find($"*{Binding}.*")!) ?? throw new DllNotFoundException(
                $"it needs {ElfVersion.Newest} of libstdc++, which comes with Debian 13, Fedora 38 and Ubuntu 24.04.", e);
            AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) => name == Binding ? binding : 0;
        }
    }

    // On Linux, where the file of a library that is loaded may go.
    private static nint? LoadOnOlderSystem(string path)
    {
        byte[] library = File.ReadAllBytes(path);
        if (!ElfVersion.MakeOptional(library))
            return null;
        string copy = Path.Combine(Path.GetTempPath(), $"mnist-{Guid.NewGuid():N}.so");
        try
        {
            File.WriteAllBytes(copy, library);
            return NativeLibrary.Load(copy);
        }
        finally
        {
            File.Delete(copy);
        }
    }

    private static string? Find(string pattern) =>
        $"{AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES")}".Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(Directory.Exists).SelectMany(folder => Directory.EnumerateFiles(folder, pattern)).FirstOrDefault();
}
