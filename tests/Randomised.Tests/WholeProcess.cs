namespace Randomised.Tests;

/// <summary>One after the other: descriptors, and exceptions that nobody observed, are the whole process's.</summary>
[CollectionDefinition(nameof(WholeProcess), DisableParallelization = true)]
public sealed class WholeProcess;
