"""Pages on which sellers, the operator and resellers grant prices and coupons: the same forms for all three."""
