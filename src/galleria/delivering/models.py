"""Sellers' interfaces, deliveries, and the record of every call."""

from __future__ import annotations

from django.db import models

from galleria.kit.ids import new_id
from galleria.kit.secrets import EncryptedTextField


def _address_id() -> str:
    return new_id("adr")


def _delivery_id() -> str:
    return new_id("dlv")


def _call_id() -> str:
    return new_id("cal")


class InterfaceKey(models.Model):
    """The shared key of an interface type; rotation adds a row with a later `active_from` (A-KEY-001)."""

    seller = models.ForeignKey("parties.Seller", on_delete=models.CASCADE, related_name="interface_keys")
    kind = models.CharField(max_length=12, default="base")  # base, joint, license, general
    value = EncryptedTextField()
    active_from = models.DateTimeField()
    created_at = models.DateTimeField()


class ProductionAddress(models.Model):
    """Where a seller's server takes calls: a URL below a proven domain, with what is set for it (A-ADR-001)."""

    public_id = models.CharField(max_length=40, unique=True, default=_address_id, editable=False)
    seller = models.ForeignKey("parties.Seller", on_delete=models.CASCADE, related_name="addresses")
    url = models.CharField(max_length=500)
    contract = models.CharField(max_length=8, default="saas_v2")
    key_kind = models.CharField(max_length=12, default="base")
    state = models.CharField(max_length=12, default="verified")  # verified; lost: its domain is no longer the seller's
    signature_variant = models.CharField(max_length=16, default="standard")
    send_testflag_zero = models.BooleanField(default=False)
    require_body_sign = models.BooleanField(default=False)
    wants_order_notices = models.BooleanField(default=False)
    created_at = models.DateTimeField()


class ProductInterface(models.Model):
    """Which address delivers a product."""

    product = models.OneToOneField("publishing.Product", on_delete=models.CASCADE, related_name="interface")
    address = models.ForeignKey(ProductionAddress, on_delete=models.PROTECT, related_name="bindings")


class Delivery(models.Model):
    """The work of making, changing, freezing or releasing one subscription at the seller."""

    public_id = models.CharField(max_length=40, unique=True, default=_delivery_id, editable=False)
    subscription = models.ForeignKey("subscribing.Subscription", on_delete=models.PROTECT, related_name="deliveries")
    order_id = models.CharField(max_length=64, blank=True, db_index=True)
    order_line_id = models.CharField(max_length=64, blank=True)
    activity = models.CharField(max_length=24)  # newInstance, refreshInstance, …
    scene = models.CharField(max_length=32, blank=True)
    means = models.CharField(max_length=12, default="saas_v2")  # saas_v2, manual
    parameters = models.JSONField(default=dict)
    state = models.CharField(max_length=14, default="requested")
    # requested, retrying, provisioning, succeeded, failed, waiting_seller
    attempts = models.PositiveIntegerField(default=0)
    polls = models.PositiveIntegerField(default=0)
    instance_id = models.CharField(max_length=64, blank=True)
    last_error = models.CharField(max_length=500, blank=True)
    requested_at = models.DateTimeField()
    first_called_at = models.DateTimeField(null=True, blank=True)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    deadline_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    alarmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["activity", "order_line_id", "scene"],
                name="one_delivery",
                condition=~models.Q(order_line_id=""),
            ),
        ]
        indexes = [models.Index(fields=["state", "next_attempt_at"])]

    def __str__(self) -> str:
        return self.public_id


class SellerCall(models.Model):
    """One request to a seller and its answer (message log, A-ALM-002). Passwords are never kept here."""

    public_id = models.CharField(max_length=40, unique=True, default=_call_id, editable=False)
    delivery = models.ForeignKey(Delivery, null=True, blank=True, on_delete=models.CASCADE, related_name="calls")
    subscription = models.ForeignKey(
        "subscribing.Subscription", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    seller = models.ForeignKey("parties.Seller", on_delete=models.CASCADE, related_name="+")
    activity = models.CharField(max_length=24)
    business_id = models.CharField(max_length=64, blank=True)
    attempt = models.PositiveIntegerField(default=1)
    url = models.CharField(max_length=1000)
    request_body = models.TextField(blank=True)
    http_status = models.PositiveIntegerField(null=True, blank=True)
    answer = models.TextField(blank=True)
    result_code = models.CharField(max_length=40, blank=True)
    purpose = models.CharField(max_length=8, default="order")  # order, debug, dial
    verdict = models.CharField(max_length=16)  # success, in_progress, failure
    failure = models.CharField(max_length=500, blank=True)
    called_at = models.DateTimeField()
    duration_ms = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["seller", "-called_at"], name="call_of_seller")]
