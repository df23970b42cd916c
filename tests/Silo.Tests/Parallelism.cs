// Every test runs processes that each could use the whole machine.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
