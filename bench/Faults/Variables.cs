namespace Faults;

/// <summary>Variables of the environment that this program sets for itself or keeps from its children.</summary>
internal static class Variables
{
    public const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
}
