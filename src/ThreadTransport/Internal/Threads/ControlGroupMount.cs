namespace ThreadTransport.Internal.Threads;

/// <summary>A hierarchy of control groups, and where it can be read.</summary>
/// <param name="Folder">Where it is mounted.</param>
/// <param name="Root">The group that is mounted there: in a container often its own, as the host names it.</param>
/// <param name="Controllers">The controllers of a hierarchy of version 1; null for that of version 2.</param>
internal sealed record ControlGroupMount(string Folder, string Root, string[]? Controllers)
{
    /// <summary>All that this process sees: the older kind has one for each controller or a few, and both kinds may be mounted.</summary>
    public static List<ControlGroupMount> All(SystemFiles files)
    {
        var mounts = new List<ControlGroupMount>();
        foreach (var line in files.Text("proc/self/mountinfo"))
        {
            // Number, parent, device, root, folder, options, further fields of any number; type, source, options.
            if (line.Split(" - ") is [var left, var right]
                && left.Split(' ') is [_, _, _, var root, var folder, ..]
                && right.Split(' ') is [("cgroup" or "cgroup2") and var type, _, var options])
            {
                mounts.Add(new ControlGroupMount(folder.Trim('/'), root.TrimEnd('/'), type == "cgroup2" ? null : options.Split(',')));
            }
        }

        return mounts;
    }

    /// <param name="controllers">As the kernel lists them for a process, with commas between; none for version 2.</param>
    public bool Has(string controllers) =>
        controllers.Length == 0 ? Controllers is null : Controllers is not null && controllers.Split(',').All(Controllers.Contains);

    /// <summary>The folders of the group at <paramref name="path"/> and of those above it.</summary>
    public IEnumerable<string> Upwards(string path)
    {
        // What is mounted may lie beside the path, or the path outside of what this process may see (/..): then only the top is left.
        var below = path.StartsWith(Root + '/', StringComparison.Ordinal) ? path[Root.Length..].TrimEnd('/') : "";
        for (; below.Length > 0; below = below[..below.LastIndexOf('/')])
        {
            yield return Folder + below;
        }

        yield return Folder;
    }
}
