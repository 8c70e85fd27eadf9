namespace ThreadTransport.Internal.Threads;

/// <summary>
/// A control group that this process is in: its own, or one above it, for all of them bind. In a container the path that the kernel
/// tells may be the host's, and then only the top of what is mounted can be read.
/// </summary>
/// <param name="MaxThreads">Its <c>pids.max</c>; null without a limit.</param>
/// <param name="FreeThreads">How many more threads that allows.</param>
/// <param name="MaxMemory">Its memory limit in bytes; null without a limit.</param>
/// <param name="FreeMemory">How many more bytes that allows.</param>
internal readonly record struct ControlGroup(long? MaxThreads, long? FreeThreads, long? MaxMemory, long? FreeMemory)
{
    public static IEnumerable<ControlGroup> Of(SystemFiles files)
    {
        var hierarchies = ControlGroupMount.All(files);
        foreach (var line in files.Text("proc/self/cgroup"))
        {
            // Number, controllers, path. Version 2 has the number 0, all controllers, and no list of them.
            if (line.Split(':', 3) is not [_, var controllers, var path])
            {
                continue;
            }

            foreach (var folder in hierarchies.Where(mount => mount.Has(controllers)).SelectMany(mount => mount.Upwards(path)))
            {
                yield return controllers.Length == 0
                    ? Read(files, folder, "memory.max", "memory.current", "inactive_file")
                    : Read(files, folder, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file");
            }
        }
    }

    /// <param name="files">Where to read.</param>
    /// <param name="folder">The group's.</param>
    /// <param name="memoryLimit">The file with the limit of memory.</param>
    /// <param name="memoryUsed">The file with what is taken of it.</param>
    /// <param name="reclaimable">The part of that, in <c>memory.stat</c>, which the kernel gives back when it is asked for.</param>
    private static ControlGroup Read(SystemFiles files, string folder, string memoryLimit, string memoryUsed, string reclaimable)
    {
        var threads = files.Number($"{folder}/pids.max");
        var memory = files.Number($"{folder}/{memoryLimit}");
        return new ControlGroup(
            threads,
            threads - (files.Number($"{folder}/pids.current") ?? 0),
            memory,
            memory - (files.Number($"{folder}/{memoryUsed}") ?? 0) + (files.Column($"{folder}/memory.stat", reclaimable + " ") ?? 0));
    }
}
