"""Pricing: what it costs: price models, discounts, coupons, tax."""
