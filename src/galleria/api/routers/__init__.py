"""The endpoints, one module for each audience."""
