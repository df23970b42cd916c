using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Xunit;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Storage;
using MnistDistributed.Model.Tests.Training;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Tests.Storage;

public sealed class CheckpointStoreTests : IDisposable
{
    private static readonly RunSpec Spec = TestRun.Spec();
    private static readonly byte[] Whole = CheckpointFile.ToBytes(At(Spec, 4));

    private readonly TemporaryFolder _folder = new();
    private readonly CheckpointStore _store;

    public CheckpointStoreTests() => _store = new CheckpointStore(_folder.File("checkpoints"));

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(OptimizerKind.Adam, 0)]
    [InlineData(OptimizerKind.Adam, 4)]
    [InlineData(OptimizerKind.Adam, 9)]
    [InlineData(OptimizerKind.Sgd, 4)]
    public void Comes_back_as_it_was(OptimizerKind optimizer, int step)
    {
        var spec = TestRun.Spec(optimizer);
        var checkpoint = At(spec, step);
        string path = _store.Save(checkpoint);
        Assert.Equal($"step-{step:D10}.safetensors", Path.GetFileName(path));

        var found = _store.LoadNewest(spec);
        Assert.Equal(path, found.Path);
        Assert.Empty(found.Skipped);
        Assert.Equal(TestRun.Print(checkpoint.State), TestRun.Print(found.Checkpoint!.State));
        Assert.Equal(checkpoint.History, found.Checkpoint.History);
        Assert.Equal((spec, 3, checkpoint.ElapsedSeconds), (found.Checkpoint.Spec, found.Checkpoint.Term, found.Checkpoint.ElapsedSeconds));
    }

    [Fact]
    public void A_loss_that_is_no_number_comes_back_too()
    {
        var checkpoint = At(Spec, 3);
        checkpoint = checkpoint with
        {
            State = new TrainingState(3, checkpoint.State.Weights, checkpoint.State.Optimizer, new BlockSum(double.NaN, 3, 21)),
            History = [new EpochRecord { TrainLoss = double.NaN, ValidationLoss = double.PositiveInfinity }],
        };
        _store.Save(checkpoint);
        var found = _store.LoadNewest(Spec).Checkpoint!;
        Assert.Equal(double.NaN, found.State.EpochSum.Loss);
        Assert.Equal(checkpoint.History, found.History);
    }

    [Fact]
    public void A_folder_that_is_missing_or_empty_has_none()
    {
        Assert.Null(_store.LoadNewest(Spec).Checkpoint);
        Directory.CreateDirectory(_folder.File("checkpoints"));
        Assert.Null(_store.LoadNewest(Spec).Checkpoint);
        Assert.Empty(_store.LoadNewest(Spec).Skipped);
    }

    [Fact]
    public void The_last_three_are_kept_and_what_a_killed_process_left_is_removed()
    {
        Directory.CreateDirectory(_folder.File("checkpoints"));
        File.WriteAllText(_folder.File("checkpoints/step-0000000001.safetensors.0123.tmp"), "half");
        File.WriteAllText(_folder.File("checkpoints/notes.txt"), "mine");
        for (int step = 1; step <= 5; step++)
            _store.Save(At(Spec, step));
        Assert.Equal(["notes.txt", Name(3), Name(4), Name(5)], Names());
        Assert.Equal(5, _store.LoadNewest(Spec).Checkpoint!.State.Step);
    }

    [Fact]
    public void A_torn_file_is_skipped_with_its_reason_and_gives_way_when_the_run_goes_on()
    {
        for (int step = 1; step <= 3; step++)
            _store.Save(At(Spec, step));
        Truncate(3, 1000);
        Truncate(2, 0);

        var found = _store.LoadNewest(Spec);
        Assert.Equal(1, found.Checkpoint!.State.Step);
        Assert.Equal(2, found.Skipped.Count);
        Assert.Equal([$"{Place(3)} is damaged (its checksum differs from its content); skipped.",
            $"{Place(2)} is damaged (it is empty); skipped."], found.Skipped);

        _store.Save(At(Spec, 2));
        Assert.Equal([Name(1), Name(2)], Names());
        Assert.Empty(_store.LoadNewest(Spec).Skipped);
    }

    [Fact]
    public void Where_none_is_good_every_reason_is_told()
    {
        _store.Save(At(Spec, 1));
        _store.Save(At(Spec, 2));
        Truncate(1, 500);
        var found = _store.LoadNewest(Spec with { Seed = 8 });
        Assert.Null(found.Checkpoint);
        Assert.Equal(2, found.Skipped.Count);
        Assert.Contains("another spec", found.Skipped[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_under_another_steps_name_is_skipped()
    {
        File.Move(_store.Save(At(Spec, 1)), _folder.File($"checkpoints/{Name(7)}"));
        Assert.Contains("holds step 1", Assert.Single(_store.LoadNewest(Spec).Skipped), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_skipped_with_its_reason()
    {
        _store.Save(At(Spec, 1));
        File.CreateSymbolicLink(Place(2), _folder.File("nowhere"));
        var found = _store.LoadNewest(Spec);
        Assert.Equal(1, found.Checkpoint!.State.Step);
        Assert.StartsWith($"{Place(2)} cannot be read (", Assert.Single(found.Skipped), StringComparison.Ordinal);
    }

    [Fact]
    public void People_are_told_what_is_skipped_and_what_is_used_instead()
    {
        _store.Save(At(Spec, 1));
        Assert.Empty(_store.LoadNewest(Spec).Notes);
        _store.Save(At(Spec, 2));
        Truncate(2, 1000);
        string skipped = $"{Place(2)} is damaged (its checksum differs from its content); skipped.";
        Assert.Equal([skipped, $"The run goes on from {Place(1)}, its newest good checkpoint. The steps since are computed again, to the "
            + "same bits."], _store.LoadNewest(Spec).Notes);
        Truncate(1, 100);
        Assert.Equal(
            [
                skipped,
                $"{Place(1)} is damaged (its checksum differs from its content); skipped.",
                "No checkpoint of the run can be used: it begins anew at step 0. What it had done is computed again, to the same bits.",
            ],
            _store.LoadNewest(Spec).Notes);
    }

    [Property(MaxTest = 200)]
    public void Wherever_a_byte_of_the_newest_is_changed_the_one_before_is_used(NonNegativeInt place, byte bit)
    {
        byte[] bytes = [.. Whole];
        bytes[place.Get * 997L % Whole.Length] ^= (byte)(1 << (bit % 8));
        UsesTheOneBefore(bytes);
    }

    [Property(MaxTest = 200)]
    public void Wherever_the_newest_is_cut_short_the_one_before_is_used(NonNegativeInt length) =>
        UsesTheOneBefore(Whole[..(int)(length.Get * 997L % Whole.Length)]);

    [Property(MaxTest = 20)]
    public void However_much_is_added_to_the_newest_the_one_before_is_used(NonEmptyArray<byte> more) =>
        UsesTheOneBefore([.. Whole, .. more.Get]);

    [Fact]
    public void A_full_disk_is_named_and_costs_no_checkpoint()
    {
        Needs.Linux();
        for (int step = 1; step <= 3; step++)
            _store.Save(At(Spec, step));
        // A device that is always full, for root too.
        File.CreateSymbolicLink(Place(4), "/dev/full");
        Assert.Equal(
            $"{Place(4)} cannot be written: No space left on device.", Assert.Throws<IOException>(() => _store.Save(At(Spec, 4))).Message);
        Assert.Equal([Name(1), Name(2), Name(3), Name(4)], Names());

        var found = _store.LoadNewest(Spec);
        Assert.Equal(3, found.Checkpoint!.State.Step);
        Assert.Equal($"{Place(4)} is damaged (it is empty); skipped.", Assert.Single(found.Skipped));
    }

    [Theory]
    [InlineData("a file")]
    [InlineData("/sys/kernel")]
    public void A_folder_that_takes_no_files_is_named(string folder)
    {
        // In neither may root make a file.
        if (folder == "a file")
            File.WriteAllText(_folder.File("checkpoints"), "");
        else if (OperatingSystem.IsLinux())
            Directory.CreateSymbolicLink(_folder.File("checkpoints"), folder);
        else
            return;
        Assert.StartsWith($"{Place(1)} cannot be written: ", Assert.ThrowsAny<SystemException>(() => _store.Save(At(Spec, 1))).Message,
            StringComparison.Ordinal);
        Assert.Equal(["checkpoints"], _folder.Names());
    }

    [Fact]
    public void A_flipped_bit_is_seen_in_every_byte_before_the_tensors()
    {
        int header = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(Whole);
        for (int place = 0; place < header + 16; place++)
            RefusesFlip(place, 1 << (place % 8));
    }

    [Property(MaxTest = 200)]
    public void A_flipped_bit_is_seen_anywhere(NonNegativeInt place, byte bit) =>
        RefusesFlip(place.Get * 997L % Whole.Length, 1 << (bit % 8));

    [Property(MaxTest = 100)]
    public void A_truncation_is_seen_anywhere(NonNegativeInt length)
    {
        byte[] bytes = Whole[..(int)(length.Get * 997L % Whole.Length)];
        Assert.Throws<InvalidDataException>(() => CheckpointFile.Parse(bytes, Spec, "here"));
    }

    [Fact]
    public void State_of_another_optimizer_is_refused()
    {
        var sgd = TestRun.Spec(OptimizerKind.Sgd);
        Refuses(CheckpointFile.ToBytes(At(sgd, 4)), "another spec", Spec);
        Refuses(CheckpointFile.ToBytes(At(Spec, 4)), "another spec", sgd);

        // The right spec and checksum over tensors of others.
        var file = SafetensorsFile.Parse(Whole, "here");
        CheckpointFile.Parse(Signed(file), Spec, "here");
        Refuses(Signed(file with { Tensors = [.. file.Tensors.Where(t => !t.Name.StartsWith("exp_avg_sq.", StringComparison.Ordinal))] }),
            "'exp_avg_sq.conv1.weight'", Spec);
        Refuses(Signed(file with { Tensors = [.. file.Tensors, new("momentum_buffer.conv1.bias", [1], new float[1])] }),
            "'momentum_buffer.conv1.bias'", Spec);
    }

    [Theory]
    [InlineData("kind", "checkpoint 9")]
    [InlineData("runSpec", "{}")]
    [InlineData("step", "4.0")]
    [InlineData("step", "5")]
    [InlineData("step", "10")]
    [InlineData("step", "99999999999")]
    [InlineData("step", "")]
    [InlineData("beta1Power", "0.9f")]
    [InlineData("beta2Power", "NaN")]
    [InlineData("epochHits", "-1")]
    [InlineData("history", "")]
    [InlineData("history", "null")]
    [InlineData("history", "[]x")]
    [InlineData("epochLoss", "")]
    [InlineData("term", "1.5")]
    [InlineData("elapsedSeconds", "soon")]
    [InlineData("history", "[null]")]
    [InlineData("history", "{}")]
    [InlineData("history", "[{\"epoch\":0,\"loss\":1}]")]
    public void Metadata_that_cannot_be_are_refused(string key, string value)
    {
        var file = SafetensorsFile.Parse(Whole, "here");
        file.Metadata[key] = value;
        Refuses(Signed(file), "here", Spec);
        file.Metadata.Remove(key);
        Refuses(Signed(file), $"'{key}'", Spec);
    }

    [Fact]
    public void A_model_file_is_no_checkpoint()
    {
        string path = _folder.File("model.safetensors");
        ModelFile.Write(path, TestRun.State(Spec, 0).Weights, Spec);
        Refuses(File.ReadAllBytes(path), "no checksum", Spec);
    }

    [Fact]
    public void A_checkpoint_that_cannot_be_is_not_written()
    {
        var good = At(Spec, 4);
        Unwritten(good with { State = new TrainingState(10, good.State.Weights, good.State.Optimizer, default) }, "not from 0 to 9");
        Unwritten(good with
            { State = new TrainingState(5, good.State.Weights, good.State.Optimizer, good.State.EpochSum) }, "used 16 samples");
        Unwritten(good with { Spec = TestRun.Spec(OptimizerKind.Sgd) }, "second moments");
        Unwritten(good with { History = [.. good.History, new EpochRecord { Epoch = 1 }] }, "history");
        Unwritten(good with { History = [new EpochRecord { Epoch = 1 }] }, "history");
        Assert.Empty(_folder.Names());
    }

    private static Checkpoint At(RunSpec spec, int step)
    {
        var history = Enumerable.Range(0, step / 3).Select(epoch => new EpochRecord
        {
            Epoch = epoch,
            TrainLoss = 1 / 3.0 + epoch,
            TrainAccuracy = 0.1 + epoch / 7.0,
            ValidationLoss = epoch == 0 ? null : 0.3,
            Seconds = 1e-9,
            LearningRate = 1e-300,
        });
        return new Checkpoint(spec, TestRun.State(spec, step), [.. history], Term: 3, ElapsedSeconds: 0.1 + step);
    }

    /// <summary>A file's bytes with their SHA-256 in the place that holds zeros while it is taken.</summary>
    private static byte[] Signed(SafetensorsFile file)
    {
        file.Metadata["sha256"] = new string('0', 64);
        byte[] bytes = file.ToBytes();
        int place = Encoding.ASCII.GetString(bytes).IndexOf(file.Metadata["sha256"], StringComparison.Ordinal);
        Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(bytes))).CopyTo(bytes, place);
        return bytes;
    }

    private void UsesTheOneBefore(byte[] newest)
    {
        _store.Save(At(Spec, 3));
        File.WriteAllBytes(Place(4), newest);
        var found = _store.LoadNewest(Spec);
        Assert.Equal(3, found.Checkpoint!.State.Step);
        string line = Assert.Single(found.Skipped);
        Assert.StartsWith($"{Place(4)} is damaged (", line, StringComparison.Ordinal);
        Assert.EndsWith("); skipped.", line, StringComparison.Ordinal);
        Assert.DoesNotContain(line, char.IsControl);
    }

    private string Place(int step) => _folder.File($"checkpoints/{Name(step)}");

    private static string Name(int step) => $"step-{step:D10}.safetensors";

    private string[] Names() =>
        [.. Directory.GetFiles(_folder.File("checkpoints")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private void Truncate(int step, int length)
    {
        using var stream = new FileStream(_folder.File($"checkpoints/{Name(step)}"), FileMode.Open);
        stream.SetLength(length);
    }

    private static void RefusesFlip(long place, int mask)
    {
        byte[] bytes = [.. Whole];
        bytes[place] ^= (byte)mask;
        var e = Assert.Throws<InvalidDataException>(() => CheckpointFile.Parse(bytes, Spec, "here"));
        Assert.StartsWith("here", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(e.Message, char.IsControl);
    }

    private void Unwritten(Checkpoint checkpoint, string part) =>
        Assert.Contains(part, Assert.Throws<ArgumentException>(() => _store.Save(checkpoint)).Message, StringComparison.Ordinal);

    private static void Refuses(byte[] bytes, string part, RunSpec spec)
    {
        var e = Assert.Throws<InvalidDataException>(() => CheckpointFile.Parse(bytes, spec, "here"));
        Assert.Contains(part, e.Message, StringComparison.Ordinal);
    }
}
