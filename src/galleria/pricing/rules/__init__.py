"""How every price is worked out: pure functions over frozen dataclasses, without Django and without a clock.

`models` charges a configuration, `changes` an upgrade or expansion, `discounts` and `coupons` say what
lowers it and why not, `quote` puts them together with tax, `metered` rates usage. `working` is the "how this
is worked out" that all of them leave behind; `exact` holds the arithmetic: fractions until the one rounding,
scaled integers outside.
"""
