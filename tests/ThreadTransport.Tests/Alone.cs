namespace ThreadTransport.Tests;

/// <summary>For tests that count what belongs to the whole process: its threads, descriptors, allocated bytes.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
