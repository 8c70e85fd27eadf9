namespace Faults;

/// <summary>Something that the user is told in one line.</summary>
internal sealed class FaultsException(string message) : Exception(message);
