"""Publishing: what is sold: categories, products, specifications, SKUs, prices, search, favourites."""
