using Xunit.Sdk;
using Xunit.v3;

// Every test runs processes that each could use the whole machine.
[assembly: Parallelization(Mode = ParallelMode.None)]
