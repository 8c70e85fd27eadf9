namespace ThreadTransport.Internal.Threads;

/// <summary>
/// A control group that this process is in: its own, or one above it, for all of them bind. In a container the path that the kernel
/// tells may be the host's, and then only the top of what is mounted can be read.
/// </summary>
/// <param name="FreeThreads">How many more threads its <c>pids.max</c> allows; null without a limit.</param>
/// <param name="FreeMemory">How many more bytes its memory limit allows; null without a limit.</param>
internal readonly record struct ControlGroup(long? FreeThreads, long? FreeMemory)
{
    private const string Mount = "sys/fs/cgroup";

    public static IEnumerable<ControlGroup> Of(SystemFiles files)
    {
        foreach (var line in files.Text("proc/self/cgroup"))
        {
            // Number, controllers, path. Version 2 has the number 0, all controllers, and no list of them.
            if (line.Split(':', 3) is not [_, var controllers, var path])
            {
                continue;
            }

            if (controllers.Length == 0)
            {
                foreach (var folder in Above(Mount, path))
                {
                    yield return new ControlGroup(
                        Free(files, folder, "pids.max", "pids.current"),
                        Free(files, folder, "memory.max", "memory.current", "inactive_file"));
                }
            }
            else if (controllers is "pids" or "memory")
            {
                foreach (var folder in Above($"{Mount}/{controllers}", path))
                {
                    yield return new ControlGroup(
                        Free(files, folder, "pids.max", "pids.current"),
                        Free(files, folder, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"));
                }
            }
        }
    }

    private static IEnumerable<string> Above(string mount, string path)
    {
        for (var rest = path.TrimEnd('/'); rest.Length > 0; rest = rest[..rest.LastIndexOf('/')])
        {
            yield return mount + rest;
        }

        yield return mount;
    }

    /// <param name="files">Where to read.</param>
    /// <param name="folder">The group's.</param>
    /// <param name="limit">The file with the limit.</param>
    /// <param name="used">The file with what is taken of it.</param>
    /// <param name="reclaimable">The part of that, in <c>memory.stat</c>, which the kernel gives back when it is asked for.</param>
    private static long? Free(SystemFiles files, string folder, string limit, string used, string? reclaimable = null) =>
        files.Number($"{folder}/{limit}") is { } max
            ? max - (files.Number($"{folder}/{used}") ?? 0) + (reclaimable is null ? 0 : files.Column($"{folder}/memory.stat", reclaimable + " ") ?? 0)
            : null;
}
