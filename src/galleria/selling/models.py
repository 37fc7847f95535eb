"""Contracting parties, applications, certifications, changes, recipients, sanctions, test coupons."""

from __future__ import annotations

from django.db import models

from galleria.kit.ids import new_id
from galleria.kit.secrets import EncryptedTextField


def _party_id() -> str:
    return new_id("pty")


def _application_id() -> str:
    return new_id("reg")


def _certification_id() -> str:
    return new_id("cer")


def _change_id() -> str:
    return new_id("prf")


def _recipient_id() -> str:
    return new_id("rcp")


def _violation_id() -> str:
    return new_id("vio")


def _test_coupon_id() -> str:
    return new_id("tcr")


def _exit_id() -> str:
    return new_id("ext")


# ----- what the operator keeps -----


class ContractingParty(models.Model):
    """A legal entity of the operator that signs with sellers and pays them in some countries (S-GEN-005).

    The default party has every country that no other party was given.
    """

    public_id = models.CharField(max_length=40, unique=True, default=_party_id, editable=False)
    name = models.CharField(max_length=200, unique=True)
    country = models.CharField(max_length=2)
    currency = models.CharField(max_length=3)
    address = models.CharField(max_length=400, blank=True)
    tax_id = models.CharField(max_length=40, blank=True)
    agreement_key = models.CharField(max_length=80, default="AGR_SELLER")  # what a seller signs with it
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-is_default", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], name="one_default_party", condition=models.Q(is_default=True)
            )
        ]

    def __str__(self) -> str:
        return self.name


class SalesRegion(models.Model):
    """A country that a party other than the default one signs for."""

    country = models.CharField(max_length=2, unique=True)
    party = models.ForeignKey(ContractingParty, on_delete=models.CASCADE, related_name="regions")


class FeeBaseline(models.Model):
    """The platform fee of a delivery method in hundredths of a per cent; an empty method is for all others."""

    delivery_type = models.CharField(max_length=16, unique=True, blank=True)
    percent_e2 = models.PositiveIntegerField()


# ----- becoming and being a seller -----


class Application(models.Model):
    """A company's application to become a seller; the same one is submitted again after it was returned (S-REG-T4).

    `data` holds the fields of `rules.APPLICATION`; the code that proves the contact's address is kept as a hash.
    """

    public_id = models.CharField(max_length=40, unique=True, default=_application_id, editable=False)
    account = models.OneToOneField("parties.Account", on_delete=models.PROTECT, related_name="seller_application")
    user = models.ForeignKey("parties.User", null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=10, default="draft")  # draft, review, rejected, approved
    data = models.JSONField(default=dict)
    agreements = models.JSONField(default=dict)  # key: version that was ticked on submission
    version = models.PositiveIntegerField(default=1)
    code_hash = models.CharField(max_length=64, blank=True)
    code_email = models.EmailField(blank=True)
    code_until = models.DateTimeField(null=True, blank=True)
    code_tries = models.PositiveSmallIntegerField(default=0)
    proven_email = models.EmailField(blank=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.data.get("company_name") or self.public_id)


class Filing(models.Model):
    """What was handed in with one round of a review, as it was then."""

    submission_id = models.CharField(max_length=40, unique=True)
    data = models.JSONField(default=dict)


class SellerProfile(models.Model):
    """What is kept of a seller beside its public profile: the company's data, level, how it leaves."""

    seller = models.OneToOneField("parties.Seller", on_delete=models.CASCADE, related_name="profile")
    data = models.JSONField(default=dict)  # of the approved application and later changes
    contact_email = models.EmailField(blank=True)
    contact_phone = models.CharField(max_length=40, blank=True)
    is_hardware_seller = models.BooleanField(default=False)  # S-GEN-004: hardware is for named sellers
    is_operator = models.BooleanField(default=False)  # the operator's own products
    exit_state = models.CharField(max_length=10, default="active")  # active, review, exited
    exited_at = models.DateTimeField(null=True, blank=True)
    terminated_at = models.DateTimeField(null=True, blank=True)


class Certification(models.Model):
    """Tax and bank data with one contracting party (S-CER). What is live stays in force while a change waits.

    `data` and `bank_account` are in force since `certified_at`; `draft` and `draft_bank_account` are what was typed
    or waits for a decision.
    """

    public_id = models.CharField(max_length=40, unique=True, default=_certification_id, editable=False)
    seller = models.ForeignKey("parties.Seller", on_delete=models.CASCADE, related_name="certifications")
    party = models.ForeignKey(ContractingParty, on_delete=models.PROTECT, related_name="certifications")
    state = models.CharField(max_length=12, default="unsigned")
    # unsigned, uncertified, review, certified, change (in review while the old data hold), locked
    data = models.JSONField(default=dict)
    bank_account = EncryptedTextField(blank=True)
    draft = models.JSONField(default=dict)
    draft_bank_account = EncryptedTextField(blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.CharField(max_length=200, blank=True)
    certified_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)  # why it has to be done again
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seller", "party"], name="one_certification")]

    def __str__(self) -> str:
        return f"{self.seller} · {self.party}"


class Change(models.Model):
    """A wish to change what buyers see or who the seller is; the live data stay until it is approved (S-ACC-001)."""

    public_id = models.CharField(max_length=40, unique=True, default=_change_id, editable=False)
    seller = models.ForeignKey("parties.Seller", on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=12)  # profile, name, storefront
    state = models.CharField(max_length=10, default="draft")  # draft, review, returned, approved
    data = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "kind"], name="one_open_change", condition=~models.Q(state="approved")
            )
        ]

    def __str__(self) -> str:
        return f"{self.seller}: {self.kind}"


class Storefront(models.Model):
    """The decoration of a seller's page that is live: film or picture, story, certificates (S-STO-001)."""

    seller = models.OneToOneField("parties.Seller", on_delete=models.CASCADE, related_name="decoration")
    data = models.JSONField(default=dict)
    changed_at = models.DateTimeField()


# ----- people -----


class UserScope(models.Model):
    """A user who may look after some products only; without a row, all of them."""

    seller = models.ForeignKey("parties.Seller", on_delete=models.CASCADE, related_name="user_scopes")
    user = models.ForeignKey("parties.User", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seller", "user"], name="one_user_scope")]


class ProductGrant(models.Model):
    """A product that a limited user may look after, by its public id (S-SUB-001)."""

    scope = models.ForeignKey(UserScope, on_delete=models.CASCADE, related_name="grants")
    product_id = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "product_id"], name="one_product_grant")]


class Recipient(models.Model):
    """A person who gets the seller's messages without a login; mail only after the link was opened (S-RCP-001)."""

    public_id = models.CharField(max_length=40, unique=True, default=_recipient_id, editable=False)
    seller = models.ForeignKey("parties.Seller", on_delete=models.CASCADE, related_name="recipients")
    name = models.CharField(max_length=120)
    email = models.EmailField()
    phone = models.CharField(max_length=40, blank=True)
    categories = models.JSONField(default=dict)  # category: list of channels
    token_hash = models.CharField(max_length=64, blank=True)
    token_until = models.DateTimeField(null=True, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["seller", "email"], name="one_recipient")]

    def __str__(self) -> str:
        return self.name


# ----- violations, test coupons, leaving -----


class Violation(models.Model):
    """What a seller did against the rules, as the operator decided (S-VIO-002)."""

    public_id = models.CharField(max_length=40, unique=True, default=_violation_id, editable=False)
    seller = models.ForeignKey("parties.Seller", on_delete=models.PROTECT, related_name="violations")
    product_id = models.CharField(max_length=40, blank=True)
    order_id = models.CharField(max_length=64, blank=True)
    conduct = models.CharField(max_length=24)
    points = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=1000)
    evidence = models.TextField(blank=True)
    is_published = models.BooleanField(default=False)
    state = models.CharField(max_length=10, default="decided")  # decided, appealed, confirmed, revoked
    decided_by = models.CharField(max_length=200)
    decided_at = models.DateTimeField()
    appeal_until = models.DateTimeField()
    appeal = models.TextField(blank=True)
    appealed_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-decided_at", "-id"]
        indexes = [models.Index(fields=["seller", "-decided_at"], name="violation_seller")]

    def __str__(self) -> str:
        return f"{self.seller}: {self.conduct}"


class Sanction(models.Model):
    """What follows from a violation, from and until when. Without an end it holds until it is lifted."""

    violation = models.ForeignKey(Violation, on_delete=models.CASCADE, related_name="sanctions")
    seller = models.ForeignKey("parties.Seller", on_delete=models.PROTECT, related_name="sanctions")
    kind = models.CharField(max_length=20)
    # warning, product_takedown, trade_restriction, release_ban, level_freeze, termination
    products = models.JSONField(default=list)  # public ids; empty for all of the seller
    starts_at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["seller", "kind"], name="sanction_seller")]


class TestCoupon(models.Model):
    """A seller's wish for a coupon to test a product on the operator's cloud (S-TCP-001)."""

    __test__ = False  # no test, whatever its name

    public_id = models.CharField(max_length=40, unique=True, default=_test_coupon_id, editable=False)
    seller = models.ForeignKey("parties.Seller", on_delete=models.PROTECT, related_name="test_coupons")
    scheme = models.CharField(max_length=200)
    product = models.CharField(max_length=64, blank=True)  # public id of a product or draft
    product_name = models.CharField(max_length=200, blank=True)
    document = models.CharField(max_length=40)  # the sealed application, a stored file
    remarks = models.TextField(blank=True)
    currency = models.CharField(max_length=3)
    asked_minor = models.BigIntegerField()
    granted_minor = models.BigIntegerField(null=True, blank=True)
    state = models.CharField(max_length=10, default="review")  # review, granted, refused, withdrawn
    requested_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-requested_at", "-id"]

    def __str__(self) -> str:
        return self.scheme


class ExitRequest(models.Model):
    """A seller's wish to leave, with the checklist as it was (S-EXI-001)."""

    public_id = models.CharField(max_length=40, unique=True, default=_exit_id, editable=False)
    seller = models.ForeignKey("parties.Seller", on_delete=models.PROTECT, related_name="exits")
    reason = models.CharField(max_length=1000)
    checklist = models.JSONField(default=list)
    state = models.CharField(max_length=10, default="review")  # review, approved, returned, withdrawn
    requested_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
