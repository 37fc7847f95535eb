"""Pages of resellers."""
