using System.Reflection;
using System.Text.RegularExpressions;
using Support;

namespace ThreadTransport.Tests.Contract;

/// <summary>The table of traps in docs/contract.md and the traits of the tests say the same.</summary>
public sealed partial class TrapIndexTests
{
    private const int Traps = 39;

    [Fact]
    public void EveryTrap_HasOneRowThatNamesItsTests()
    {
        var rows = ReadRows();
        var tests =
            from type in typeof(TrapIndexTests).Assembly.GetTypes()
            from test in type.GetMethods()
            from trait in test.GetCustomAttributes<TraitAttribute>()
            where trait.Name == "Trap"
            select (Trap: $"T{trait.Value}", Test: $"{type.Name}.{test.Name}");
        var shown = tests.ToLookup(test => test.Trap, test => test.Test);

        Assert.Equal(Enumerable.Range(1, Traps).Select(i => $"T{i}"), rows.Select(row => row.Trap));
        Assert.All(rows, row => Assert.Equal(shown[row.Trap].Order(), row.Tests.Order()));
    }

    private static List<(string Trap, IReadOnlyList<string> Tests)> ReadRows()
    {
        return
        [
            .. from line in File.ReadLines(Repository.PathOf("docs", "contract.md"))
               let cells = line.Split('|', StringSplitOptions.TrimEntries)
               where cells.Length == 6 && Trap().IsMatch(cells[1])
               select (cells[1], (IReadOnlyList<string>)[.. TestName().Matches(cells[3]).Select(name => name.Groups[1].Value)]),
        ];
    }

    [GeneratedRegex("^T[0-9]+$")]
    private static partial Regex Trap();

    [GeneratedRegex(@"`(\w+\.\w+)`")]
    private static partial Regex TestName();
}
