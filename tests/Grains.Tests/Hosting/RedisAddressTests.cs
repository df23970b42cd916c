using MnistDistributed.Grains.Hosting;

namespace MnistDistributed.Grains.Tests.Hosting;

/// <summary>A Redis as people write it.</summary>
public class RedisAddressTests
{
    [Theory]
    [InlineData("redis:6379", "redis:6379")]
    [InlineData("redis", "redis")]
    [InlineData("a:1,b:2", "a:1,b:2")]
    [InlineData("10.0.0.5:6379,password=geheim", "10.0.0.5:6379,password=*****")]
    [InlineData("10.0.0.5:6379,ssl=true,user=mnist,password=geheim", "10.0.0.5:6379,user=mnist,password=*****,ssl=True")]
    [InlineData("redis://10.0.0.5", "10.0.0.5:6379")]
    [InlineData("redis://[::1]:6380/", "[::1]:6380")]
    [InlineData("redis://:geheim@redis:6380", "redis:6380,password=*****")]
    [InlineData("redis://mnist:geheim@redis/3", "redis:6379,user=mnist,password=*****,defaultDatabase=3")]
    [InlineData("rediss://mnist:geheim@redis.example", "redis.example:6379,user=mnist,password=*****,ssl=True,sslHost=redis.example")]
    public void Its_password_is_not_shown(string text, string shown)
    {
        var address = RedisAddress.Parse(text);
        Assert.Equal(shown, $"{address}");
        Assert.Equal(text, address.Secret);
        Assert.Equal(text.Contains("geheim", StringComparison.Ordinal), address.HasPassword);
        Assert.Equal(address.HasPassword ? "geheim" : null, address.Options().Password);
    }

    [Fact]
    public void In_a_URL_characters_may_be_escaped()
    {
        var options = RedisAddress.Parse("redis://a%40b:p%3Aq%2Fr%2C%3D@redis:6379").Options();
        Assert.Equal(("a@b", "p:q/r,="), (options.User, options.Password));
    }

    [Theory]
    [InlineData("")]
    [InlineData("password=geheim")]
    [InlineData("geheim@redis:6379")]
    [InlineData(":geheim@redis:6379")]
    [InlineData("mnist:geheim@redis:6379,ssl=true")]
    [InlineData("redis:6379,password=geheim,no-such=1")]
    [InlineData("redis:6379;password=geheim")]
    [InlineData("http://:geheim@redis:6379")]
    [InlineData("redis://:geheim@:6379")]
    [InlineData("redis://:geheim@redis:x")]
    [InlineData("redis://:geheim@redis/database")]
    [InlineData("redis://redis:6379?password=geheim")]
    [InlineData("redis://:ge#heim@redis:6379")]
    public void What_is_none_is_refused_without_being_repeated(string text)
    {
        string line = Assert.Throws<UsageException>(() => RedisAddress.Parse(text)).Message;
        Assert.StartsWith("--redis: give HOST:PORT, or redis://", line, StringComparison.Ordinal);
        Assert.DoesNotContain("heim", line, StringComparison.Ordinal);
    }
}
