"""Domains and their proofs, saved debugging cases, dial tests, and products that may have to go."""

from __future__ import annotations

from django.db import models

from galleria.kit.ids import new_id


def _domain_id() -> str:
    return new_id("dom")


def _case_id() -> str:
    return new_id("cse")


def _dial_id() -> str:
    return new_id("dia")


def _candidate_id() -> str:
    return new_id("rmc")


class Domain(models.Model):
    """Scheme and host of a seller's server, without a path, and the proof that it is the seller's (A-ADR-001).

    URLs below it are `delivering.ProductionAddress`; they can be added once the domain is proven.
    """

    public_id = models.CharField(max_length=40, unique=True, default=_domain_id, editable=False)
    seller = models.ForeignKey("parties.Seller", on_delete=models.CASCADE, related_name="domains")
    origin = models.CharField(max_length=300)  # https://console.example.com
    token = models.CharField(max_length=64)
    state = models.CharField(max_length=10, default="pending")  # pending, proven, expired, lost
    means = models.CharField(max_length=10, blank=True)  # dns, file; operator: vouched for, not asked again
    problem = models.CharField(max_length=500, blank=True)  # of the last check
    expires_at = models.DateTimeField()  # of the token, while unproven
    proven_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seller", "origin"], name="one_domain_of_a_seller")]

    def __str__(self) -> str:
        return self.origin


class DebugCase(models.Model):
    """A debugging call that succeeded, kept to be repeated: one for each address, activity and variant (A-DBG-001).

    `parameters` are wire names and texts, without what is new on every call (businessId, testFlag).
    """

    public_id = models.CharField(max_length=40, unique=True, default=_case_id, editable=False)
    address = models.ForeignKey("delivering.ProductionAddress", on_delete=models.CASCADE, related_name="cases")
    activity = models.CharField(max_length=24)
    variant = models.CharField(max_length=32, blank=True)  # the scene of refreshInstance, the status of a freeze
    parameters = models.JSONField(default=dict)
    instance_id = models.CharField(max_length=64, blank=True)  # what newInstance answered
    saved_at = models.DateTimeField()
    saved_by = models.CharField(max_length=200, blank=True)
    run_at = models.DateTimeField()
    passed = models.BooleanField(default=True)  # when it was last repeated
    problem = models.CharField(max_length=500, blank=True)
    http_status = models.PositiveIntegerField(null=True, blank=True)
    result_code = models.CharField(max_length=40, blank=True)
    duration_ms = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["address", "activity", "variant"], name="one_debug_case")]

    def __str__(self) -> str:
        return self.activity + (f" {self.variant}" if self.variant else "")


class DialTest(models.Model):
    """One of the two daily repetitions of the saved cases, for one product on sale (A-DIA-001)."""

    public_id = models.CharField(max_length=40, unique=True, default=_dial_id, editable=False)
    product = models.ForeignKey("publishing.Product", on_delete=models.CASCADE, related_name="dial_tests")
    address = models.ForeignKey("delivering.ProductionAddress", on_delete=models.CASCADE, related_name="+")
    day = models.DateField()  # in the billing time zone
    run = models.CharField(max_length=10)  # morning, afternoon
    passed = models.BooleanField()
    results = models.JSONField(default=list)  # {"activity", "variant", "passed", "problem", "ms"}
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product", "day", "run"], name="one_dial_test")]
        indexes = [models.Index(fields=["product", "-day"], name="dial_test_of_product")]


class FailedOrder(models.Model):
    """An order that failed because of the seller's interface; six in a calendar month are too many (S-SAS-T4)."""

    product = models.ForeignKey("publishing.Product", on_delete=models.CASCADE, related_name="failed_orders")
    order_id = models.CharField(max_length=64)
    month = models.CharField(max_length=7)  # 2027-03, in the billing time zone
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product", "order_id"], name="one_failed_order")]
        indexes = [models.Index(fields=["product", "month"], name="failed_order_month")]


class RemovalCandidate(models.Model):
    """A product that the operator should decide about: remove it, or let it stay with a note."""

    public_id = models.CharField(max_length=40, unique=True, default=_candidate_id, editable=False)
    product = models.ForeignKey("publishing.Product", on_delete=models.CASCADE, related_name="removal_candidates")
    reason = models.CharField(max_length=16)  # failed_orders, dial_tests
    facts = models.JSONField(default=dict)
    at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["product", "reason"], name="one_open_candidate", condition=models.Q(closed_at=None)
            )
        ]
        indexes = [models.Index(fields=["closed_at", "at"], name="removal_queue")]
