namespace MnistDistributed.Model.Training;

/// <summary>Text from outside, fit for an error's one line.</summary>
public static class OneLine
{
    /// <summary>The text with its control characters, line ends among them, replaced.</summary>
    public static string Of(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));
}
