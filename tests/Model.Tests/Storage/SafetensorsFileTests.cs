using System.Buffers.Binary;
using System.Text;
using FsCheck;
using FsCheck.Xunit;
using MnistDistributed.Model.Storage;

namespace MnistDistributed.Model.Tests.Storage;

public sealed class SafetensorsFileTests : IDisposable
{
    private static readonly SafetensorsFile Sample = new(
        new() { ["format"] = "pt", ["note"] = "quotes \" and lines\nand ü" },
        [new("w", [2, 3], new float[] { 1, 2, 3, 4, 5, 6 }), new("empty", [0, 4], default), new("scalar", [], new float[] { -0f })]);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Comes_back_as_it_was()
    {
        var back = SafetensorsFile.Parse(Sample.ToBytes(), "here");
        Assert.Equal(Sample.Metadata, back.Metadata);
        Assert.Equal(["w", "empty", "scalar"], back.Tensors.Select(tensor => tensor.Name));
        foreach (var (expected, tensor) in Sample.Tensors.Zip(back.Tensors))
        {
            Assert.Equal(expected.Shape, tensor.Shape);
            Assert.True(expected.Values.Span.SequenceEqual(tensor.Values.Span));
        }

        Assert.Equal(0x80000000, BitConverter.SingleToUInt32Bits(back.Tensors[2].Values.Span[0]));
    }

    [Fact]
    public void Tensors_begin_at_a_multiple_of_eight() =>
        Assert.Equal(0UL, BinaryPrimitives.ReadUInt64LittleEndian(Sample.ToBytes()) % 8);

    [Fact]
    public void Reads_the_formats_bytes()
    {
        // As safetensors.torch.save({"b": torch.tensor([[1., 2.]]), "a": torch.tensor([3.])}, {"format": "pt"}) lays them out.
        byte[] bytes = Convert.FromBase64String(
            "kAAAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJmb3JtYXQiOiJwdCJ9LCJhIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlsxXSwiZGF0YV9vZmZzZX"
            + "RzIjpbMCw0XX0sImIiOnsiZHR5cGUiOiJGMzIiLCJzaGFwZSI6WzEsMl0sImRhdGFfb2Zmc2V0cyI6WzQsMTJdfX0gICAAAEBAAACAPwAAAEA=");
        var file = SafetensorsFile.Parse(bytes, "here");
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal([3f], file.Tensors.Single(tensor => tensor.Name == "a").Values.ToArray());
        Assert.Equal([1f, 2f], file.Tensors.Single(tensor => tensor.Name == "b").Values.ToArray());
        Assert.Equal([1, 2], file.Tensors.Single(tensor => tensor.Name == "b").Shape);
    }

    [Fact]
    public void Reads_a_header_without_metadata_or_tensors() =>
        Assert.Empty(SafetensorsFile.Parse(Bytes("{}  "), "here").Tensors);

    private const string Good = """{"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}""";

    [Theory]
    [InlineData("", 0, "'{'")]
    [InlineData("[]", 0, "'{'")]
    [InlineData(" {}", 0, "'{'")]
    [InlineData("{", 0, "not JSON")]
    [InlineData("{}{}", 0, "not JSON")]
    [InlineData("{},", 0, "not JSON")]
    [InlineData("{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":{\"h\":{}}}}}}}}}", 0, "not JSON")]
    [InlineData(Good, 7, "end by 7")]
    [InlineData(Good, 9, "9 follow")]
    [InlineData("{}", 4, "4 follow")]
    [InlineData("""{"w":3}""", 0, "described by")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2]}}""", 8, "described by")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}}""", 8, "described by")]
    [InlineData("""{"w":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, "not JSON")]
    [InlineData("""{"w":{"dtype":"BF16","shape":[2],"data_offsets":[0,8]}}""", 8, "its shape 4")]
    [InlineData("""{"w":{"dtype":"F64","shape":[2],"data_offsets":[0,8]}}""", 8, "its shape 16")]
    [InlineData("""{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "its shape 12")]
    [InlineData("""{"w":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "whole numbers")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", 8, "whole numbers")]
    [InlineData("""{"w":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}""", 8, "whole numbers")]
    [InlineData("""{"w":{"dtype":"F32","shape":[65536,65536,65536,65536],"data_offsets":[0,8]}}""", 8, "whole numbers")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4294967298],"data_offsets":[0,8]}}""", 8, "whole numbers")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,2],"data_offsets":[0,8]}}""", 8, "dimensions")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "data_offsets")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", 8, "data_offsets")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", 8, "data_offsets")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,1e400]}}""", 8, "data_offsets")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "should begin at 0")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1000000],"data_offsets":[0,4000000]}}""", 8, "end by 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""",
        12, "should begin at 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""",
        8, "not JSON")]
    [InlineData("""{"__metadata__":{"n":1}}""", 0, "not a string")]
    [InlineData("""{"__metadata__":"n"}""", 0, "not an object")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, "Unicode")]
    [InlineData("""{"a\n\u001b":3}""", 0, "'a??'")]
    public void Hostile_headers_get_one_clear_line(string header, int dataBytes, string part) => Refuses(Bytes(header, dataBytes), part);

    [Theory]
    [InlineData(0UL)]
    [InlineData(9UL)]
    [InlineData(1UL << 31)]
    [InlineData(1UL << 63)]
    [InlineData(ulong.MaxValue)]
    public void A_header_is_no_longer_than_the_file(ulong claimed)
    {
        byte[] bytes = Bytes("{}      ");
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, claimed);
        Refuses(bytes, "header");
    }

    // By IEEE 754, and for BF16 as the upper half of a float: ones, the largest, the smallest.
    [Theory]
    [InlineData("F16", "003C00C0FF7B0100", new[] { 1f, -2f, 65504f, 5.9604645e-8f })]
    [InlineData("BF16", "803F00C0C93D7F7F", new[] { 1f, -2f, 0.09814453f, 3.3895314e38f })]
    [InlineData("F64", "9A9999999999B93F00000000000000C0", new[] { 0.1f, -2f })]
    public void Other_floats_are_read_to_the_nearest(string type, string hex, float[] values)
    {
        byte[] data = Convert.FromHexString(hex);
        string header = $$$"""{"w":{"dtype":"{{{type}}}","shape":[{{{values.Length}}}],"data_offsets":[0,{{{data.Length}}}]}}""";
        Assert.Equal(values, SafetensorsFile.Parse([.. Bytes(header), .. data], "here").Tensors[0].Values.ToArray());
    }

    [Fact]
    public void A_tensor_of_no_floats_is_there_without_values()
    {
        var tensor = SafetensorsFile.Parse(Bytes("""{"n":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}""", 8), "here").Tensors[0];
        Assert.Equal(("n", "I64", 0), (tensor.Name, tensor.Type, tensor.Values.Length));
    }

    [Fact]
    public void Metadata_may_be_null() =>
        Assert.Empty(SafetensorsFile.Parse(Bytes("""{"__metadata__":null}"""), "here").Metadata);

    [Theory]
    [InlineData("\u0089HDF\r\n\u001a\n", "is an HDF5 file, as Keras writes them")]
    [InlineData("PK\u0003\u0004\0\0\u0008\u0008\0\0archive/data.pkl", "is a PyTorch file")]
    [InlineData("PK\u0003\u0004\0\0\u0008\u0008\0\0metadata.json", "is a Keras file")]
    [InlineData("\u0080\u0002\u008a\nl\u00fc\u009cF\u00f9 j\u00a8P\u0019.", "is a pickled Python object, as torch.save")]
    [InlineData("\u0008\u0008\u0012\u0007pytorch\u001a\u00052.1.0:", "is an ONNX model")]
    [InlineData("\u001c\0\0\0TFL3", "is a TensorFlow Lite model")]
    [InlineData("GGUF\u0003\0\0\0", "is a GGUF file")]
    [InlineData("{\"metadata\": {\"total_size\": 901360}}", "is a JSON file")]
    [InlineData("\n<!DOCTYPE html><html>", "is a web page", "download the file itself")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:abab", "is a Git LFS pointer", "run 'git lfs pull'")]
    [InlineData("\u001f\u008b\u0008\0\0\0\0\0", "is a gzip archive", "unpack it")]
    public void Other_formats_are_called_by_their_names(string start, params string[] parts)
    {
        byte[] bytes = [.. Encoding.Latin1.GetBytes(start), .. new byte[500]];
        var e = Assert.Throws<InvalidDataException>(() => SafetensorsFile.Parse(bytes, "here"));
        AssertOneLine(e);
        Assert.All(parts.Append(", not a safetensors file: "), part => Assert.Contains(part, e.Message, StringComparison.Ordinal));
    }

    // 640, 66,176 and 1,180,424 bytes begin as a pickle, and as an ONNX model do.
    [Theory]
    [InlineData(0x0280)]
    [InlineData(0x010280)]
    [InlineData(0x120308)]
    public void A_sound_file_is_none_of_them_whatever_its_first_bytes(int headerLength) =>
        Assert.Empty(SafetensorsFile.Parse(Bytes("{}".PadRight(headerLength)), "here").Tensors);

    [Fact]
    public void Every_truncation_is_refused()
    {
        byte[] bytes = Sample.ToBytes();
        for (int length = 0; length < bytes.Length; length++)
            Refuses(bytes[..length]);
        Refuses([.. bytes, 0]);
    }

    [Property(MaxTest = 3000)]
    public void No_damage_crashes_the_reader_or_makes_it_allocate_much(PositiveInt seed, byte count)
    {
        byte[] bytes = Sample.ToBytes();
        var random = new Random(seed.Get);
        for (int i = 0; i <= count % 4; i++)
        {
            // Mostly digits and structure, where damage goes deepest.
            int place = random.Next(bytes.Length);
            bytes[place] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)"0123456789[]{},:\"\\u-e."[random.Next(22)];
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            SafetensorsFile.Parse(bytes, "here");
        }
        catch (InvalidDataException e)
        {
            AssertOneLine(e);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200_000);
    }

    [Fact]
    public void Files_that_are_none_are_named()
    {
        Assert.Contains(
            "is a folder", Assert.Throws<InvalidDataException>(() => SafetensorsFile.Read(_folder.Path)).Message, StringComparison.Ordinal);
        Assert.Contains("missing", Assert.Throws<FileNotFoundException>(() => SafetensorsFile.Read(_folder.File("missing"))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_a_pipe()
    {
        Needs.Unix();
        await using var pipe = new System.IO.Pipes.AnonymousPipeServerStream(System.IO.Pipes.PipeDirection.Out);
        string path = "/dev/fd/" + pipe.GetClientHandleAsString();
        Assert.Contains(
            "a pipe or a device", Assert.Throws<InvalidDataException>(() => SafetensorsFile.Read(path)).Message, StringComparison.Ordinal);
    }

    private static byte[] Bytes(string header, int dataBytes = 0)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        byte[] bytes = new byte[8 + text.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, text.Length);
        text.CopyTo(bytes, 8);
        return bytes;
    }

    private static void Refuses(byte[] bytes, string part = "")
    {
        var e = Assert.Throws<InvalidDataException>(() => SafetensorsFile.Parse(bytes, "here"));
        AssertOneLine(e);
        Assert.Contains(part, e.Message, StringComparison.Ordinal);
    }

    private static void AssertOneLine(InvalidDataException e)
    {
        Assert.Matches("^here is (not a usable|.*, not a) safetensors file: ", e.Message);
        Assert.DoesNotContain(e.Message, char.IsControl);
    }
}
