"""Pages of the buyer: checkout and payment, subscriptions, orders, overview."""
