"""The components and their page, the style guide."""
