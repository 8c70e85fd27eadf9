namespace BlockingApi;

/// <param name="Id">Its number.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Price">In cents.</param>
public sealed record Product(int Id, string Name, int Price);

/// <param name="Product">The number of what is ordered.</param>
/// <param name="Quantity">How many.</param>
public sealed record Order(int Product, int Quantity);
