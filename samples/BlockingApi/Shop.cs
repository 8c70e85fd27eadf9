using Microsoft.Data.Sqlite;

namespace BlockingApi;

/// <summary>The shop's data in a SQLite file, by synchronous calls throughout: SQLite has no others.</summary>
public sealed class Shop : IDisposable
{
    private const int Seeded = 1_000;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("blocking-api-");
    private readonly string _connectionString;

    public Shop() => _connectionString =
        new SqliteConnectionStringBuilder { DataSource = Path.Combine(_folder.FullName, "shop.db") }.ToString();

    /// <summary>Makes the tables, and a thousand products to ask for.</summary>
    public void Create()
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            PRAGMA journal_mode = WAL;
            CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price INTEGER NOT NULL);
            CREATE TABLE orders (id INTEGER PRIMARY KEY, product INTEGER NOT NULL REFERENCES products, quantity INTEGER NOT NULL);
            WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {Seeded})
            INSERT INTO products SELECT n, 'Product ' || n, 100 + n FROM numbers;
            """;
        command.ExecuteNonQuery();
    }

    /// <summary>The first few.</summary>
    public IReadOnlyList<Product> Products()
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT id, name, price FROM products ORDER BY id LIMIT 10";
        using var reader = command.ExecuteReader();
        var products = new List<Product>();
        while (reader.Read())
        {
            products.Add(new Product(reader.GetInt32(0), reader.GetString(1), reader.GetInt32(2)));
        }

        return products;
    }

    public Product? Product(int id)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT id, name, price FROM products WHERE id = $id";
        command.Parameters.AddWithValue("$id", id);
        using var reader = command.ExecuteReader();
        return reader.Read() ? new Product(reader.GetInt32(0), reader.GetString(1), reader.GetInt32(2)) : null;
    }

    /// <returns>The new order's number.</returns>
    public long Add(Order order)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = "INSERT INTO orders (product, quantity) VALUES ($product, $quantity) RETURNING id";
        command.Parameters.AddWithValue("$product", order.Product);
        command.Parameters.AddWithValue("$quantity", order.Quantity);
        return (long)command.ExecuteScalar()!;
    }

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        return connection;
    }
}
