"""Subscriptions: what a buyer holds, from an order line until it is released."""

from __future__ import annotations

from django.db import models

from galleria.kit.ids import new_id
from galleria.kit.secrets import EncryptedTextField


def _subscription_id() -> str:
    return new_id("sub")


class Subscription(models.Model):
    """Periods are half open in UTC instants; `expires_at` is the last second of the anchor day (B-TIM-002)."""

    public_id = models.CharField(max_length=40, unique=True, default=_subscription_id, editable=False)
    account = models.ForeignKey("parties.Account", on_delete=models.PROTECT, related_name="subscriptions")
    product = models.ForeignKey("publishing.Product", on_delete=models.PROTECT, related_name="subscriptions")
    specification = models.ForeignKey("publishing.Specification", on_delete=models.PROTECT, related_name="+")
    sku = models.ForeignKey("publishing.Sku", on_delete=models.PROTECT, related_name="+")
    order_id = models.CharField(max_length=64, db_index=True)
    order_line_id = models.CharField(max_length=64, unique=True)
    product_code = models.CharField(max_length=64)
    state = models.CharField(max_length=14, default="initializing")
    state_reason = models.CharField(max_length=300, blank=True)
    billing_mode = models.CharField(max_length=12)
    period_type = models.CharField(max_length=6, blank=True)
    period_count = models.PositiveIntegerField(default=0)
    quantity = models.PositiveIntegerField(default=1)
    choices = models.JSONField(default=dict)
    extra = models.JSONField(default=dict)
    region = models.CharField(max_length=40, blank=True)
    currency = models.CharField(max_length=3)
    paid_minor = models.BigIntegerField(default=0)
    official_minor = models.BigIntegerField(default=0)
    is_trial = models.BooleanField(default=False)
    auto_renew = models.BooleanField(default=False)
    instance_id = models.CharField(max_length=64, blank=True)  # the seller's
    anchor_day = models.PositiveSmallIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()
    effective_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["account", "-created_at", "-id"], name="subscription_list"),
            models.Index(fields=["account", "state"], name="subscription_state"),
            models.Index(fields=["state", "expires_at"], name="subscription_expiry"),
        ]

    def __str__(self) -> str:
        return self.public_id


class AppInfo(models.Model):
    """How to use the application, as the seller last told it (B-USE-001, A-V2Q-005)."""

    subscription = models.OneToOneField(Subscription, on_delete=models.CASCADE, related_name="app_info")
    front_end_url = models.CharField(max_length=512, blank=True)
    admin_url = models.CharField(max_length=512, blank=True)
    user_name = models.CharField(max_length=128, blank=True)
    password = EncryptedTextField(blank=True)
    memo = models.TextField(blank=True)
    usage = models.JSONField(default=list)
    refreshed_at = models.DateTimeField(null=True, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
