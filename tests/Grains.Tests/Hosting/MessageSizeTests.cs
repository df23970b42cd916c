using MnistDistributed.Grains.Hosting;
namespace MnistDistributed.Grains.Tests.Hosting;

public class MessageSizeTests
{
    [Fact]
    public void What_fits_is_no_problem() => Assert.Null(MessageSize.Problem(MessageSize.Limit, "training state"));

    [Fact]
    public void What_is_too_large_is_named_with_its_size_and_the_limit() => Assert.Equal(
        "The training state is 100,663,297 bytes, and a message between silos holds 100,663,296 at most: a narrower network or a smaller "
            + "data set would do.",
        MessageSize.Problem(MessageSize.Limit + 1L, "training state"));
}
