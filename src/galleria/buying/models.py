"""Quotes and orders."""

from __future__ import annotations

from django.db import models

from galleria.kit.ids import new_id


def _quote_id() -> str:
    return new_id("quo")


class Quote(models.Model):
    """A frozen price for a configuration; `result` is the quote of `pricing.rules` as JSON, with its working."""

    public_id = models.CharField(max_length=40, unique=True, default=_quote_id, editable=False)
    account = models.ForeignKey("parties.Account", null=True, on_delete=models.CASCADE, related_name="+")
    product = models.ForeignKey("publishing.Product", on_delete=models.CASCADE, related_name="+")
    configuration = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    due_minor = models.BigIntegerField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()


class Order(models.Model):
    """One purchase, renewal, change or unsubscription. `public_id` is the order number (B-ORD-001).

    Amounts in minor units of `currency`, frozen when the order is placed (B-ORD-002).
    """

    public_id = models.CharField(max_length=64, unique=True)
    account = models.ForeignKey("parties.Account", on_delete=models.PROTECT, related_name="orders")
    user = models.ForeignKey("parties.User", null=True, on_delete=models.SET_NULL, related_name="+")
    creator_name = models.CharField(max_length=120)
    source = models.PositiveSmallIntegerField(default=1)  # 1 customer, 2 agent, 3 contract, 4 distributor
    kind = models.PositiveSmallIntegerField(default=1)  # states.ORDER_KINDS
    state = models.CharField(max_length=20, default="pending_payment")
    state_reason = models.CharField(max_length=500, blank=True)
    currency = models.CharField(max_length=3)
    official_minor = models.BigIntegerField()
    discounted_minor = models.BigIntegerField()
    coupon_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    due_minor = models.BigIntegerField()
    paid_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)
    tax_rate_e4 = models.PositiveIntegerField(default=0)
    coupon = models.ForeignKey("pricing.Coupon", null=True, blank=True, on_delete=models.PROTECT, related_name="orders")
    quote = models.ForeignKey(Quote, null=True, blank=True, on_delete=models.SET_NULL)
    working = models.JSONField(default=dict)  # the quote's result as frozen
    consent = models.JSONField(default=dict)  # B-SAA-002: values, at, login; empty: not asked
    combined_id = models.CharField(max_length=64, blank=True, db_index=True)
    contract_id = models.CharField(max_length=64, blank=True)
    payment = models.ForeignKey(
        "paying.Payment", null=True, blank=True, on_delete=models.SET_NULL, related_name="orders"
    )
    paid_by = models.CharField(max_length=12, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    warned_at = models.DateTimeField(null=True, blank=True)
    invoiced_by = models.CharField(max_length=8, blank=True)  # operator, seller, partner; empty: not invoiced
    paid_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["account", "-created_at", "-id"], name="order_list"),
            models.Index(fields=["account", "state"], name="order_state"),
            models.Index(fields=["state", "expires_at"], name="order_expiry"),
        ]

    def __str__(self) -> str:
        return self.public_id


class OrderLine(models.Model):
    """One priced thing of an order; numbered `-000001` upward."""

    public_id = models.CharField(max_length=64, unique=True)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey("publishing.Product", on_delete=models.PROTECT, related_name="+")
    specification = models.ForeignKey("publishing.Specification", on_delete=models.PROTECT, related_name="+")
    sku = models.ForeignKey("publishing.Sku", on_delete=models.PROTECT, related_name="+")
    price = models.ForeignKey("publishing.Price", null=True, on_delete=models.PROTECT, related_name="+")
    subscription = models.ForeignKey(
        "subscribing.Subscription", null=True, blank=True, on_delete=models.PROTECT, related_name="order_lines"
    )
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE)
    product_code = models.CharField(max_length=64)
    product_name = models.CharField(max_length=300)  # as sold; the catalogue may change later
    billing_mode = models.CharField(max_length=12)
    period_type = models.CharField(max_length=6, blank=True)
    period_count = models.PositiveIntegerField(default=0)
    quantity = models.PositiveIntegerField(default=1)
    pieces_taken = models.PositiveIntegerField(default=0)  # out of the stock; canceling puts them back (S-CFG-004)
    choices = models.JSONField(default=dict)
    extra = models.JSONField(default=dict)  # B-CFG-005
    held = models.JSONField(default=dict)  # of orders on a subscription: days added, the expiry asked for, …
    promise = models.JSONField(default=dict)  # how it can be left, as the product told it then; empty: not kept
    region = models.CharField(max_length=40, blank=True)
    auto_renew = models.BooleanField(default=False)
    is_trial = models.BooleanField(default=False)
    trial_days = models.PositiveIntegerField(default=0)
    unit_price_e10 = models.BigIntegerField(default=0)
    official_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)
    discounts = models.JSONField(default=list)
    coupon_minor = models.BigIntegerField(default=0)
    payable_minor = models.BigIntegerField()  # after discount and coupon, before tax
    tax_minor = models.BigIntegerField(default=0)  # its share of the order's tax
    refunded_minor = models.BigIntegerField(default=0)  # tax included
    delivery_state = models.CharField(max_length=14, default="waiting")  # waiting, delivering, delivered, done, failed

    class Meta:
        ordering = ["public_id"]

    def __str__(self) -> str:
        return self.public_id


class OrderAgreement(models.Model):
    """An agreement version frozen in an order (B-TRM-002, B-ORD-002)."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="agreements")
    version = models.ForeignKey("parties.AgreementVersion", on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField()
    accepted_by = models.CharField(max_length=120)


class Unsubscription(models.Model):
    """What an order of kind 4 asks for: to give subscriptions back, or renewals that have not begun (B-UNS-004).

    Its states are those of the order: pending_approval, refunding, completed, canceled.
    """

    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="unsubscription")
    kind = models.PositiveSmallIntegerField(default=1)  # 1 resource and its renewals, 2 renewals only
    is_withdrawal = models.BooleanField(default=False)  # by law, not by a rule of the marketplace (UI-GEN-17)
    reason = models.CharField(max_length=20, blank=True)  # key of `leaving.REASONS`
    comment = models.CharField(max_length=500, blank=True)
    refund_minor = models.BigIntegerField()  # money with its tax
    coupon_minor = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.order)


class UnsubscribedTerm(models.Model):
    """One paid stretch of time that is given back, with its refund. `result` is `refunds.Back` as JSON."""

    unsubscription = models.ForeignKey(Unsubscription, on_delete=models.CASCADE, related_name="terms")
    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="unsubscribed_terms")
    period = models.ForeignKey("subscribing.Period", on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+")  # that paid for it
    rule = models.CharField(max_length=16)  # pricing.rules.leaving.Rule
    reference = models.CharField(max_length=120, unique=True)  # of the refund
    state = models.CharField(max_length=10, default="waiting")  # waiting, refunded
    cash_minor = models.BigIntegerField()  # before tax
    tax_minor = models.BigIntegerField(default=0)
    coupon_minor = models.BigIntegerField(default=0)
    result = models.JSONField(default=dict)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.reference


class Deduction(models.Model):
    """One attempt to renew a subscription by itself: paid, being paid by card, or failed and why (B-ARN-004).

    `expires_at`: the end that it renews; `planned_at`: the deduction day that it belongs to.
    """

    subscription = models.ForeignKey("subscribing.Subscription", on_delete=models.CASCADE, related_name="deductions")
    expires_at = models.DateTimeField()
    planned_at = models.DateTimeField()
    state = models.CharField(max_length=8)  # paying, paid, failed
    code = models.CharField(max_length=40, blank=True)  # of the refusal
    reason = models.CharField(max_length=300, blank=True)  # kit.spoken
    order_id = models.CharField(max_length=64, blank=True, db_index=True)
    currency = models.CharField(max_length=3, blank=True)
    due_minor = models.BigIntegerField(default=0)
    tried_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "expires_at", "planned_at"], name="one_deduction"),
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id} {self.planned_at:%Y-%m-%d} {self.state}"
