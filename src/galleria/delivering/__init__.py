"""Delivering: making it happen at the seller: interfaces, calls, retries, application information."""
