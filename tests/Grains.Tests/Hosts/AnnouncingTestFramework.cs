using System.Reflection;
using MnistDistributed.Grains.Tests.Hosts;
using Xunit.Abstractions;
using Xunit.Sdk;

[assembly: TestFramework($"MnistDistributed.Grains.Tests.Hosts.{nameof(AnnouncingTestFramework)}", "MnistDistributed.Grains.Tests")]

namespace MnistDistributed.Grains.Tests.Hosts;

/// <summary>Says in the tests' output which host serves, whichever tests are run. xunit.runner.json lets it through.</summary>
public sealed class AnnouncingTestFramework(IMessageSink output) : XunitTestFramework(output)
{
    protected override ITestFrameworkExecutor CreateExecutor(AssemblyName assemblyName)
    {
        DiagnosticMessageSink.OnMessage(new DiagnosticMessage($"These tests run on {TestHost.Runtime}."));
        return base.CreateExecutor(assemblyName);
    }
}
