"""The storefront: what anyone can see."""
