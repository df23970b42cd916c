using System.Globalization;
using System.Text;

namespace MnistDistributed.Kernels;

/// <summary>The kernels as Markdown.</summary>
public static class KernelTable
{
    /// <summary>The table.</summary>
    /// <param name="kernels">What was measured, the peak among them.</param>
    /// <param name="peak">The name of the processor's peak.</param>
    public static string Of(IReadOnlyList<KernelResult> kernels, string peak)
    {
        double most = kernels.Single(kernel => kernel.Name == peak).Speed;
        var text = new StringBuilder();
        Row("kernel", "us an image", "+-", "multiply-adds an image", "multiply-adds a ns", "share of the peak");
        Row("---", "---:", "---:", "---:", "---:", "---:");
        foreach (var kernel in kernels.Where(kernel => kernel.Name != peak))
        {
            bool multiplies = kernel.MultiplyAdds > 0;
            Row(kernel.Name, Number(kernel.Nanoseconds / 1000, "N2"), Number(kernel.Deviation / 1000, "N2"),
                multiplies ? Number(kernel.MultiplyAdds, "N0") : "", multiplies ? Number(kernel.Speed, "N1") : "",
                multiplies ? Number(kernel.Speed / most, "P0") : "");
        }

        Row("the processor's peak, on one core", "", "", "", Number(most, "N1"), "");
        return text.ToString();

        void Row(params string[] cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
