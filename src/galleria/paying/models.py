"""Payments, means of payment, top-ups, refunds and approvals. Balances themselves live in the ledger."""

from __future__ import annotations

from django.db import models

from galleria.kit.ids import new_id


def _means_id() -> str:
    return new_id("pm")


def _payment_id() -> str:
    return new_id("pay")


def _top_up_id() -> str:
    return new_id("top")


def _refund_id() -> str:
    return new_id("rfd")


class GatewayCustomer(models.Model):
    """What a card gateway calls an account; all its cards belong to this customer."""

    account = models.ForeignKey("parties.Account", on_delete=models.CASCADE, related_name="+")
    provider = models.CharField(max_length=12)
    reference = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "provider"], name="one_gateway_customer")]


class PaymentMeans(models.Model):
    """A saved card: the gateway's token and what a person recognises it by (B-BAL-001)."""

    public_id = models.CharField(max_length=40, unique=True, default=_means_id, editable=False)
    account = models.ForeignKey("parties.Account", on_delete=models.CASCADE, related_name="payment_means")
    kind = models.CharField(max_length=8, default="card")
    provider = models.CharField(max_length=12)  # stripe, sandbox
    provider_customer = models.CharField(max_length=80, blank=True)
    provider_token = models.CharField(max_length=80)
    brand = models.CharField(max_length=20)
    last4 = models.CharField(max_length=4)
    expires_month = models.PositiveSmallIntegerField()
    expires_year = models.PositiveSmallIntegerField()
    holder = models.CharField(max_length=120, blank=True)
    is_default = models.BooleanField(default=False)
    state = models.CharField(max_length=10, default="active")  # active, removed
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.brand.title()} •••• {self.last4}"


class Payment(models.Model):
    """One payment of one or more orders. `token` is the caller's: the same token answers the same payment."""

    public_id = models.CharField(max_length=40, unique=True, default=_payment_id, editable=False)
    account = models.ForeignKey("parties.Account", on_delete=models.PROTECT, related_name="payments")
    token = models.CharField(max_length=80, unique=True)
    purpose = models.CharField(max_length=10, default="orders")  # orders, top_up
    order_ids = models.JSONField(default=list)
    method = models.CharField(max_length=12)  # balance, card, settlement, credit, reseller, none
    means = models.ForeignKey(PaymentMeans, null=True, blank=True, on_delete=models.PROTECT)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    # One row per order and source (`rules.Part`): where its money comes from, and how much went back there.
    parts = models.JSONField(default=list)
    state = models.CharField(max_length=16, default="pending")  # pending, needs_action, succeeded, failed
    provider_ref = models.CharField(max_length=80, blank=True, db_index=True)
    action_url = models.CharField(max_length=500, blank=True)  # 3-D Secure
    failure_code = models.CharField(max_length=40, blank=True)
    failure_text = models.CharField(max_length=300, blank=True)
    refunded_minor = models.BigIntegerField(default=0)
    created_by = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["account", "state"], name="payment_open")]

    def __str__(self) -> str:
        return self.public_id


class TopUp(models.Model):
    """Money put on the balance (B-TOP): by card, or by bank transfer that staff confirms."""

    public_id = models.CharField(max_length=40, unique=True, default=_top_up_id, editable=False)
    account = models.ForeignKey("parties.Account", on_delete=models.PROTECT, related_name="top_ups")
    method = models.CharField(max_length=8)  # card, bank
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    state = models.CharField(max_length=12, default="submitted")  # submitted, confirmed, rejected, failed
    debt_minor = models.BigIntegerField(default=0)  # how much of it paid the debt (B-TOP-004)
    payment = models.ForeignKey(Payment, null=True, blank=True, on_delete=models.PROTECT)
    reference = models.CharField(max_length=120, blank=True)
    sender = models.CharField(max_length=120, blank=True)
    bank = models.CharField(max_length=120, blank=True)
    transferred_on = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=120, blank=True)

    def __str__(self) -> str:
        return self.public_id


class Refund(models.Model):
    """Money given back for an order, to where it came from."""

    public_id = models.CharField(max_length=40, unique=True, default=_refund_id, editable=False)
    payment = models.ForeignKey(Payment, null=True, on_delete=models.PROTECT, related_name="refunds")
    account = models.ForeignKey("parties.Account", on_delete=models.PROTECT, related_name="refunds")
    order_id = models.CharField(max_length=64, db_index=True)
    reference = models.CharField(max_length=120, unique=True)  # caller's: asked twice is booked once
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    target = models.CharField(max_length=12)  # balance, card, settlement, credit, reseller, none
    parts = models.JSONField(default=list)  # what went back to which source, as in Payment.parts
    state = models.CharField(max_length=10, default="pending")  # pending, succeeded, failed
    reason = models.CharField(max_length=300, blank=True)
    provider_ref = models.CharField(max_length=80, blank=True)
    failure_text = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.public_id


class Approval(models.Model):
    """Permission of an account to pay later: monthly settlement, or credit (9.4) with limit and validity."""

    account = models.ForeignKey("parties.Account", on_delete=models.CASCADE, related_name="approvals")
    kind = models.CharField(max_length=12)  # settlement, credit
    currency = models.CharField(max_length=3)
    limit_minor = models.BigIntegerField()
    used_minor = models.BigIntegerField(default=0)
    products = models.JSONField(default=list)  # public ids; empty: every product whose seller accepts
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)
    granted_by = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "kind"], name="one_approval")]


class WebhookEvent(models.Model):
    """A gateway's event, kept so that a doubled one is a no-op and a failed one can be run again."""

    provider = models.CharField(max_length=12)
    event_id = models.CharField(max_length=80)
    kind = models.CharField(max_length=60)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=10, default="received")  # received, done, ignored
    received_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "event_id"], name="one_webhook_event")]


class SandboxRecord(models.Model):
    """What the built-in sandbox gateway remembers: customers, cards, charges, refunds. No money, no card numbers."""

    reference = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=12)  # customer, setup, card, charge, refund
    key = models.CharField(max_length=120, unique=True, null=True, blank=True)  # idempotency key
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField()
