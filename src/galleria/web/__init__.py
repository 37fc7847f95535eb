"""Pages: storefront, buyer, seller, operator, account. Views read input, call one service, render."""
