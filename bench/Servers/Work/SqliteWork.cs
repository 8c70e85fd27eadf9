using Microsoft.Data.Sqlite;

namespace Servers.Work;

/// <summary>
/// Writes a row to a SQLite file and reads another, by synchronous calls: SQLite has no others. It takes one writer at a time, so they
/// wait for each other.
/// </summary>
internal sealed class SqliteWork : IWork, IDisposable
{
    private const int Rows = 1000;

    private readonly Lock _writing = new();
    private readonly string _connectionString;
    private readonly SqliteConnection _writer;
    private readonly SqliteCommand _insert;

    public SqliteWork(string path)
    {
        _connectionString = new SqliteConnectionStringBuilder { DataSource = path }.ToString();
        _writer = new SqliteConnection(_connectionString);
        _writer.Open();
        using var create = _writer.CreateCommand();
        create.CommandText = $"""
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = NORMAL;
            CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
            WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {Rows})
            INSERT INTO items SELECT n, 'item ' || n FROM numbers;
            """;
        create.ExecuteNonQuery();
        _insert = _writer.CreateCommand();
        _insert.CommandText = "INSERT INTO items (name) VALUES ('another')";
    }

    public void Run()
    {
        lock (_writing)
        {
            _insert.ExecuteNonQuery();
        }

        using var connection = new SqliteConnection(_connectionString);
        connection.Open();
        using var select = connection.CreateCommand();
        select.CommandText = "SELECT name FROM items WHERE id = $id";
        select.Parameters.AddWithValue("$id", Random.Shared.Next(Rows) + 1);
        _ = select.ExecuteScalar();
    }

    public void Dispose()
    {
        _insert.Dispose();
        _writer.Dispose();
        SqliteConnection.ClearAllPools();
    }
}
