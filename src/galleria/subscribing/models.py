"""Subscriptions: what a buyer holds, from an order line until it is released; what was paid for which stretch of
time; and what the clock does with it next."""

from __future__ import annotations

from django.db import models

from galleria.kit.ids import new_id
from galleria.kit.secrets import EncryptedTextField


def _subscription_id() -> str:
    return new_id("sub")


def _period_id() -> str:
    return new_id("per")


def _timer_id() -> str:
    return new_id("tmr")


class Subscription(models.Model):
    """Periods are half open in UTC instants; `expires_at` is the last second of the anchor day (B-TIM-002).

    `sku`, `price`, `quantity` and `choices` are those in force; those of a term to come are in its `Period`.
    `grace_ends_at` and `retention_ends_at` are kept when the phase begins, so that a setting that changes meanwhile
    does not touch what runs (B-GEN-002).
    """

    public_id = models.CharField(max_length=40, unique=True, default=_subscription_id, editable=False)
    account = models.ForeignKey("parties.Account", on_delete=models.PROTECT, related_name="subscriptions")
    product = models.ForeignKey("publishing.Product", on_delete=models.PROTECT, related_name="subscriptions")
    specification = models.ForeignKey("publishing.Specification", on_delete=models.PROTECT, related_name="+")
    sku = models.ForeignKey("publishing.Sku", on_delete=models.PROTECT, related_name="+")
    price = models.ForeignKey("publishing.Price", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
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
    renewal = models.CharField(max_length=16, default="manual")  # states.RENEWAL
    renewal_period_type = models.CharField(max_length=6, blank=True)  # what auto-renewal buys; empty: the same term
    renewal_period_count = models.PositiveIntegerField(default=0)
    renewals_left = models.PositiveIntegerField(null=True, blank=True)  # None: until it is stopped
    instance_id = models.CharField(max_length=64, blank=True)  # the seller's
    anchor_day = models.PositiveSmallIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()
    effective_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    grace_ends_at = models.DateTimeField(null=True, blank=True)
    retention_ends_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)  # that the end, or the release, is near (B-EXP-004)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["account", "-created_at", "-id"], name="subscription_list"),
            models.Index(fields=["account", "state"], name="subscription_state"),
            models.Index(fields=["state", "expires_at"], name="subscription_expiry"),
            models.Index(fields=["account", "renewal", "expires_at"], name="subscription_renewals"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def auto_renew(self) -> bool:
        """Whether it renews by itself."""
        return self.renewal == "auto"


class Period(models.Model):
    """One stretch of time of a subscription, and what was paid for it (B-UNS-002, B-ORF-001).

    A first term, a trial, a renewal and a conversion follow each other; a change inside a term is a stretch of its
    own, from the change to the expiry. Amounts in minor units: `paid_minor` is the money after discount and coupon,
    before tax. `specification` to `choices` are in force from `starts_at` on.
    """

    public_id = models.CharField(max_length=40, unique=True, default=_period_id, editable=False)
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="periods")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=12)  # new, trial, renewal, conversion, change
    state = models.CharField(max_length=12, default="paid")  # paid, given_back, undone
    order_id = models.CharField(max_length=64, db_index=True)
    order_line_id = models.CharField(max_length=64)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    period_type = models.CharField(max_length=6, blank=True)
    period_count = models.PositiveIntegerField(default=0)
    extra_days = models.PositiveIntegerField(default=0)  # B-URD-004
    specification = models.ForeignKey("publishing.Specification", on_delete=models.PROTECT, related_name="+")
    sku = models.ForeignKey("publishing.Sku", on_delete=models.PROTECT, related_name="+")
    price = models.ForeignKey("publishing.Price", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    product_code = models.CharField(max_length=64)
    quantity = models.PositiveIntegerField(default=1)
    choices = models.JSONField(default=dict)
    currency = models.CharField(max_length=3)
    official_minor = models.BigIntegerField(default=0)
    paid_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    coupon_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)  # tax included
    before = models.JSONField(default=dict)  # how to undo it: what was in force, and the states it changed
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["subscription", "number"], name="one_period_number"),
            models.UniqueConstraint(fields=["order_line_id"], name="one_period_of_line"),
        ]

    def __str__(self) -> str:
        return self.public_id


class RenewalSetting(models.Model):
    """How an account wants its renewals (B-ARN-003, B-URD-001)."""

    account = models.OneToOneField("parties.Account", on_delete=models.CASCADE, related_name="renewal_setting")
    offset_days = models.PositiveSmallIntegerField(null=True, blank=True)  # 0 to 7; None: the operator's setting
    day = models.PositiveSmallIntegerField(default=1)  # 1 to 28; 31: the last day of the month


class Timer(models.Model):
    """The next thing that the clock does with a subscription, with the rule and the setting that say so.

    One row a subscription: what comes after it is worked out by `rules.plan`, of which this is the first event.
    `done_through` and `done_order`: how far the plan has been carried out.
    """

    public_id = models.CharField(max_length=40, unique=True, default=_timer_id, editable=False)
    subscription = models.OneToOneField(Subscription, on_delete=models.CASCADE, related_name="timer")
    state = models.CharField(max_length=8, default="waiting")  # waiting, stuck, idle
    kind = models.CharField(max_length=16, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    order = models.PositiveSmallIntegerField(default=0)  # among events of one instant
    value = models.CharField(max_length=40, blank=True)
    rule = models.CharField(max_length=20, blank=True)  # requirement id
    setting = models.CharField(max_length=60, blank=True)
    setting_version = models.PositiveIntegerField(default=0)
    settings_stamp = models.PositiveIntegerField(default=0)  # which state of all settings the plan was made with
    done_through = models.DateTimeField(null=True, blank=True)
    done_order = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    try_at = models.DateTimeField(null=True, blank=True)  # due_at, later after a failed attempt
    problem = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "try_at", "id"], name="timer_due"),
            models.Index(fields=["settings_stamp"], name="timer_stamp"),
        ]

    def __str__(self) -> str:
        return self.public_id


class CalendarFeed(models.Model):
    """The secret address under which a person's calendar reads what ends and renews; kept as a hash only."""

    user = models.ForeignKey("parties.User", on_delete=models.CASCADE, related_name="+")
    account = models.ForeignKey("parties.Account", on_delete=models.CASCADE, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "account"], name="one_feed")]


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
