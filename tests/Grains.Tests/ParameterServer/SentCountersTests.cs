using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using MnistDistributed.Model.Protocol;
using Orleans.Serialization;

namespace MnistDistributed.Grains.Tests.ParameterServer;

/// <summary>Whoever adds a counter and forgets to add it up, or to send it, is told here.</summary>
public class SentCountersTests
{
    private static readonly PropertyInfo[] Properties = typeof(TermCounters).GetProperties();

    [Fact]
    public void Each_counter_arrives()
    {
        using var services = new ServiceCollection().AddSerializer().BuildServiceProvider();
        var serializer = services.GetRequiredService<Serializer<TermCounters>>();
        var counters = Different();
        Assert.Equal(counters, serializer.Deserialize(serializer.SerializeToArray(counters)));
    }

    [Fact]
    public void Each_counter_is_added_up()
    {
        object sum = Different() + Different();
        Assert.All(Properties.Index(), property =>
            Assert.Equal(2.0 * (property.Index + 1), Convert.ToDouble(property.Item.GetValue(sum), null)));
    }

    private static TermCounters Different()
    {
        object counters = default(TermCounters);
        foreach (var (i, property) in Properties.Index())
            property.SetValue(counters, Convert.ChangeType(i + 1, property.PropertyType, null));
        return (TermCounters)counters;
    }
}
