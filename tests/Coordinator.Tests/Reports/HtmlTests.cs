using MnistDistributed.Coordinator.Reports;

namespace MnistDistributed.Coordinator.Tests.Reports;

public class HtmlTests
{
    [Fact]
    public void Markup_stays_and_values_are_escaped()
    {
        string hostile = "\"><script>alert('x')</script>&";

        Html html = $"<b title=\"{hostile}\">{hostile}</b>";

        const string escaped = "&quot;&gt;&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;&amp;";
        Assert.Equal($"<b title=\"{escaped}\">{escaped}</b>", html.ToString());
    }

    [Fact]
    public void Html_within_html_is_not_escaped_again()
    {
        Html[] items = [$"<li>{"a&b"}</li>", $"<li>{1.5:0.00}</li>"];

        Html list = $"<ul>{items.Select(item => item)}{Html.Empty}{default(Html)}</ul>";

        Assert.Equal("<ul><li>a&amp;b</li><li>1.50</li></ul>", list.ToString());
    }
}
