using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;

namespace MnistDistributed.Coordinator.Reports;

/// <summary>
/// A piece of HTML, written as an interpolated string: the literal parts are markup, every value put into it is escaped
/// unless it is <see cref="Html"/> itself. Numbers are formatted in the invariant culture.
/// </summary>
[InterpolatedStringHandler]
public readonly struct Html
{
    private readonly StringBuilder _text;

    /// <summary>Called by the compiler.</summary>
    public Html(int literalLength, int formattedCount) => _text = new StringBuilder(literalLength + 16 * formattedCount);

    /// <summary>Nothing.</summary>
    public static Html Empty => $"";

    /// <summary>Called by the compiler: markup.</summary>
    public void AppendLiteral(string markup) => _text.Append(markup);

    /// <summary>Called by the compiler: text, escaped.</summary>
    public void AppendFormatted(string? text) => _text.Append(HtmlEncoder.Default.Encode(text ?? ""));

    /// <summary>Called by the compiler: a number, or another value with a format.</summary>
    public void AppendFormatted<T>(T value, string? format = null)
        where T : IFormattable => AppendFormatted(value.ToString(format, CultureInfo.InvariantCulture));

    /// <summary>Called by the compiler: HTML, as it is.</summary>
    public void AppendFormatted(Html html) => _text.Append(html._text);

    /// <summary>Called by the compiler: pieces of HTML, one after the other.</summary>
    public void AppendFormatted(IEnumerable<Html> pieces)
    {
        foreach (Html piece in pieces)
            AppendFormatted(piece);
    }

    /// <summary>Takes trusted markup, such as the program's own style sheet, as it is.</summary>
    public static Html Trusted(string markup)
    {
        var html = new Html(markup.Length, 0);
        html.AppendLiteral(markup);
        return html;
    }

    /// <inheritdoc/>
    public override string ToString() => _text?.ToString() ?? "";
}
