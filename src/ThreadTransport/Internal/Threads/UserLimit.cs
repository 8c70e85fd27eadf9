using System.Globalization;

namespace ThreadTransport.Internal.Threads;

/// <summary>Whether the limit of processes (<c>RLIMIT_NPROC</c>), which counts every thread of a user, binds this process at all.</summary>
internal static class UserLimit
{
    private const ulong SystemAdministration = 1UL << 21;
    private const ulong SystemResources = 1UL << 24;

    /// <summary>
    /// The kernel lets root go beyond it, and who may change the system's resources or administer it. But only the real root: in
    /// a user namespace (rootless containers) neither that name nor these capabilities count.
    /// </summary>
    public static bool Binds(SystemFiles files)
    {
        var capabilities = files.Word("proc/self/status", "CapEff:");
        var isPrivileged = files.Column("proc/self/status", "Uid:") == 0
            || (ulong.TryParse(capabilities, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var effective)
                && (effective & (SystemAdministration | SystemResources)) != 0);
        return !isPrivileged || !IsInFirstUserNamespace(files);
    }

    /// <summary>There the map of users is the identity on all numbers.</summary>
    private static bool IsInFirstUserNamespace(SystemFiles files) =>
        files.Text("proc/self/uid_map") is [var line]
        && line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is ["0", "0", "4294967295"];
}
