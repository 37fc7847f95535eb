"""Card gateways: Stripe's API, and a sandbox of our own in which no money moves."""
