"""What goes in and out: one module for each audience, `common` for all."""
