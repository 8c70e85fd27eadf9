using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Support;

namespace ThreadTransport.Tests.Contract;

/// <summary>docs/contract.md and the traits of the tests say the same.</summary>
public sealed partial class ContractIndexTests
{
    private const int Last = 120;

    private const string NotTested = "not tested";

    private static readonly ILookup<int, MethodInfo> _testsByNumber = FindTests();

    private static readonly IReadOnlyList<Row> _rows = [.. ReadRows()];

    [Fact]
    public void EveryRow_NamesTestsThatExistAndCarryItsNumber()
    {
        var wrong = new List<string>();
        foreach (var row in _rows.Where(row => row.Tests != NotTested))
        {
            var names = TestName().Matches(row.Tests);
            if (names.Count == 0)
            {
                wrong.Add($"{row.Number} names no test.");
            }

            wrong.AddRange(
                from name in names
                where !_testsByNumber[row.Number].Any(test => Name(test) == name.Groups[1].Value)
                select $"{row.Number} names {name.Groups[1].Value}, and there is no such test with that trait.");
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void EveryTestWithANumber_IsNamedInItsRow()
        => Assert.Empty(
            from tests in _testsByNumber
            from test in tests
            where !_rows.Any(row => row.Number == tests.Key && row.Tests.Contains($"`{Name(test)}`", StringComparison.Ordinal))
            select $"{tests.Key} does not name {Name(test)}.");

    [Fact]
    public void EveryNumber_HasOneRow()
    {
        Assert.Empty(Enumerable.Range(1, Last).Except(_rows.Select(row => row.Number)));
        Assert.Empty(_rows.GroupBy(row => row.Number).Where(rows => rows.Count() > 1).Select(rows => rows.Key));
    }

    [Fact]
    public void EveryNumber_HasATestOrAReasonForNone()
        => Assert.Empty(
            from number in Enumerable.Range(1, Last)
            where !_testsByNumber[number].Any() && !_rows.Any(row => row.Number == number && row.Tests == NotTested)
            select number);

    [Fact]
    public void EveryNumberWithoutATest_HasAReason()
        => Assert.Empty(_rows.Where(row => row.Tests == NotTested && row.Difference.Length == 0).Select(row => row.Number));

    private static string Name(MethodInfo test) => $"{test.DeclaringType!.Name}.{test.Name}";

    private static ILookup<int, MethodInfo> FindTests()
        => (from type in typeof(ContractIndexTests).Assembly.GetTypes()
            from test in type.GetMethods()
            from trait in test.GetCustomAttributes<TraitAttribute>()
            where trait.Name == "Contract" && trait.Value.All(char.IsAsciiDigit)
            select (Number: int.Parse(trait.Value, CultureInfo.InvariantCulture), test))
            .ToLookup(found => found.Number, found => found.test);

    private static IEnumerable<Row> ReadRows()
    {
        foreach (var line in File.ReadLines(Repository.PathOf("docs", "contract.md")))
        {
            var cells = line.Split('|', StringSplitOptions.TrimEntries);
            if (cells.Length == 8 && int.TryParse(cells[1], CultureInfo.InvariantCulture, out var number))
            {
                yield return new Row(number, cells[3], cells[6]);
            }
            else if (RowStart().IsMatch(line))
            {
                throw new InvalidDataException($"A row without its six cells: {line}");
            }
        }
    }

    [GeneratedRegex(@"`(\w+\.\w+)`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"^\|\s*\d+\s*\|")]
    private static partial Regex RowStart();

    private sealed record Row(int Number, string Tests, string Difference);
}
