using System.Buffers.Binary;
using System.Text;

namespace MnistDistributed.Model.Engine.Torch;

/// <summary>
/// The version of libstdc++ that TorchSharp's Linux library asks for, and Debian 12, Ubuntu 22.04 and Red Hat 9 lack. It asks only because
/// it was compiled with a newer GCC, whose <c>iostream</c> header names one symbol of that version; nothing in the library refers to it.
/// </summary>
public static class ElfVersion
{
    /// <summary>The version.</summary>
    public const string Newest = "GLIBCXX_3.4.32";

    private const ushort Weak = 2;

    /// <summary>Marks the need for it as weak, so that the system's loader does without.</summary>
    /// <param name="library">An ELF file, little-endian; changed in place.</param>
    /// <returns>Whether the file has exactly one such need.</returns>
    public static bool MakeOptional(Span<byte> library)
    {
        // An entry of the section of needed versions: the hash of the name, flags, ... (Linux Standard Base, "Symbol Versioning").
        Span<byte> hash = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(hash, Hash(Newest));
        int entry = library.IndexOf(hash);
        int flagsAt = entry + sizeof(uint);
        if (entry < 0 || library.LastIndexOf(hash) != entry || entry % sizeof(uint) != 0 || flagsAt + sizeof(ushort) > library.Length)
            return false;
        var flags = library.Slice(flagsAt, sizeof(ushort));
        BinaryPrimitives.WriteUInt16LittleEndian(flags, (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(flags) | Weak));
        return true;
    }

    // The hash of names in ELF files (System V Application Binary Interface, "Hash Table").
    private static uint Hash(string name)
    {
        uint hash = 0;
        foreach (byte letter in Encoding.ASCII.GetBytes(name))
        {
            hash = (hash << 4) + letter;
            uint high = hash & 0xF0000000;
            hash = (hash ^ high >> 24) & ~high;
        }

        return hash;
    }
}
