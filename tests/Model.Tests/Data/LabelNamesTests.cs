using MnistDistributed.Model.Data;

namespace MnistDistributed.Model.Tests.Data;

public sealed class LabelNamesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("T-shirt\nTrouser\nPullover\n")]
    [InlineData("T-shirt\r\n Trouser \r\nPullover")]
    [InlineData("\ufeffT-shirt\nTrouser\nPullover\n")]
    public void Reads_a_name_a_line(string text) => Assert.Equal(["T-shirt", "Trouser", "Pullover"], Read(text, 3).All);

    [Fact]
    public void An_empty_line_leaves_a_label_its_number() => Assert.Equal(["0", "a", "b"], Read("\na\nb\n", 3).All);

    [Fact]
    public void Reads_NISTs_mapping_files()
    {
        // emnist-letters-mapping.txt and emnist-balanced-mapping.txt.
        Assert.Equal(["0", "A", "B"], Read("1 65 97\n2 66 98\n", 3).All);
        Assert.Equal(["0", "A", "b"], Read("0 48\r\n1 65\r\n2 98\r\n", 3).All);
    }

    [Theory]
    [InlineData("a\nb\n", 3, "2 names for 3 classes, of labels 0 to 2")]
    [InlineData("a\nb\nc\nd\n", 3, "4 names for 3 classes")]
    [InlineData("a\nb\na\n", 3, "two labels are called 'a', the second of them 2")]
    [InlineData("a\n0\n", 2, null)]
    [InlineData("\n0\n", 2, "two labels are called '0'")]
    [InlineData("a\u001b[31m\nb\n", 2, "none of them a control character")]
    [InlineData("1 65\n47 66\n", 3, "it maps label 47, and the data set has labels 0 to 2")]
    [InlineData("1 65\n2 1114112\n", 3, "1114112 is the code of no character")]
    public void Refuses_what_does_not_name_the_classes(string text, int classes, string? says)
    {
        if (says is null)
            Assert.Equal(classes, Read(text, classes).All.Count);
        else
            Assert.Contains(says, Assert.Throws<DataException>(() => Read(text, classes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_what_is_no_text()
    {
        File.WriteAllBytes(_folder.File("names"), [0x80, 0x41]);
        Assert.Contains("not a text file in UTF-8", Refusal(_folder.File("names")), StringComparison.Ordinal);
        Assert.Contains("cannot be read", Refusal(_folder.File("nowhere")), StringComparison.Ordinal);
        Assert.Contains("cannot be read", Refusal(_folder.Path), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_names_classes_are_numbers() => Assert.Equal("42", LabelNames.Numbers[42]);

    private LabelNames Read(string text, int classes)
    {
        File.WriteAllText(_folder.File("names"), text);
        return LabelNames.Read(_folder.File("names"), classes);
    }

    private static string Refusal(string path) => Assert.Throws<DataException>(() => LabelNames.Read(path, 3)).Message;
}
