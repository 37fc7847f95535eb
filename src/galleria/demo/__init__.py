"""The sample marketplace: catalogue, people, past orders, a sample seller and its server."""
