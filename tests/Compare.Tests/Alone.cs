namespace Compare.Tests;

/// <summary>For tests that change what belongs to the whole process, such as its environment: no other test runs beside them.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
