"""Discounts, coupons and tax rates. How an amount is worked out is in `rules/`."""

from __future__ import annotations

from django.db import models

from galleria.kit.ids import new_id


def _coupon_id() -> str:
    return new_id("cpn")


def _discount_id() -> str:
    return new_id("dsc")


class TaxRate(models.Model):
    """Tax of a country in 1/10,000 (2,500 is 25 %), valid from a date; the newest valid row counts."""

    country = models.CharField(max_length=2)
    name = models.CharField(max_length=40)  # VAT
    rate_e4 = models.PositiveIntegerField()
    valid_from = models.DateTimeField()


class Discount(models.Model):
    """A price reduction in force: promotion, contract, commercial, partner-granted, seller exclusive (offer)."""

    public_id = models.CharField(max_length=40, unique=True, default=_discount_id, editable=False)
    kind = models.CharField(max_length=12)  # promotion, contract, commercial, partner, exclusive
    name = models.CharField(max_length=120)
    percent_e2 = models.PositiveIntegerField(default=0)  # 1,000 is 10 %
    fixed_price_e10 = models.BigIntegerField(null=True, blank=True)  # exclusive: price of one unit and period
    currency = models.CharField(max_length=3, blank=True)
    product = models.ForeignKey(
        "publishing.Product", null=True, blank=True, on_delete=models.CASCADE, related_name="discounts"
    )
    specification = models.ForeignKey("publishing.Specification", null=True, blank=True, on_delete=models.CASCADE)
    seller = models.ForeignKey("parties.Seller", null=True, blank=True, on_delete=models.CASCADE)
    billing_mode = models.CharField(max_length=12, blank=True)
    period_type = models.CharField(max_length=6, blank=True)
    minimum_periods = models.PositiveIntegerField(default=0)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=12, default="active")  # active, withdrawn


class DiscountAccount(models.Model):
    """An account that a discount is for; a discount without rows is for everybody."""

    discount = models.ForeignKey(Discount, on_delete=models.CASCADE, related_name="accounts")
    account = models.ForeignKey("parties.Account", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["discount", "account"], name="one_discount_account")]


class Coupon(models.Model):
    """A coupon of one account (buyer-purchase 10). Amounts in minor units of `currency`."""

    public_id = models.CharField(max_length=40, unique=True, default=_coupon_id, editable=False)
    code = models.CharField(max_length=40, unique=True)
    account = models.ForeignKey(
        "parties.Account", null=True, blank=True, on_delete=models.CASCADE, related_name="coupons"
    )
    kind = models.CharField(max_length=10, default="cash")  # cash, discount, product, flexi
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=14, default="unused")  # not_activated, unused, used, expired
    obtained_by = models.CharField(max_length=10, default="issued")  # collected, redeemed, issued, offline, event
    issuer = models.CharField(max_length=12, default="operator")  # operator, seller
    seller = models.ForeignKey("parties.Seller", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    source_plan = models.CharField(max_length=80, blank=True)
    currency = models.CharField(max_length=3)
    face_minor = models.BigIntegerField(default=0)
    balance_minor = models.BigIntegerField(default=0)
    percent_e2 = models.PositiveIntegerField(default=0)  # discount coupons
    minimum_minor = models.BigIntegerField(default=0)  # on eligible lines
    limits = models.JSONField(default=dict)
    # {"products": {"only": [...], "not": [...]}, "specifications": …, "order_types": [...], "regions": [...],
    #  "modes": ["month","year","one_time"], "with_discounts": bool}
    valid_from = models.DateTimeField()
    expires_at = models.DateTimeField()
    is_frozen = models.BooleanField(default=False)
    locked_by = models.CharField(max_length=64, blank=True)  # order number of an unpaid order
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["account", "state", "expires_at"])]

    def __str__(self) -> str:
        return self.code


class CouponUse(models.Model):
    """A movement of a coupon's balance: spent by an order, or given back (negative amount)."""

    coupon = models.ForeignKey(Coupon, on_delete=models.CASCADE, related_name="uses")
    order_id = models.CharField(max_length=64)
    amount_minor = models.BigIntegerField()
    at = models.DateTimeField()
