"""Accounts, users, sellers, resellers, keys and agreements.

An `Account` is the legal customer and owns everything bought. A `User` is a login that acts for one or more
accounts through a `Membership`. `Seller` and `Reseller` are profiles that an account may have in addition.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from galleria.kit.ids import new_id
from galleria.kit.secrets import EncryptedTextField


def _user_id() -> str:
    return new_id("usr")


def _account_id() -> str:
    return new_id("acc")


def _seller_id() -> str:
    return new_id("slr")


def _reseller_id() -> str:
    return new_id("rsl")


def _key_id() -> str:
    return new_id("key")


def _invitation_id() -> str:
    return new_id("inv")


class UserManager(BaseUserManager["User"]):
    """Users are found by e-mail, without regard to case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """A login. What it may do is decided by its memberships."""

    public_id = models.CharField(max_length=40, unique=True, default=_user_id, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    phone = models.CharField(max_length=32, blank=True)
    language = models.CharField(max_length=12, default="en")
    time_zone = models.CharField(max_length=64, default="UTC")
    theme = models.CharField(max_length=8, default="system")  # system, light, dark
    density = models.CharField(max_length=12, default="comfortable")  # comfortable, compact
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    current_account = models.ForeignKey("Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

    # The framework's admin is not part of the product; nobody is staff there.
    is_staff = False
    is_superuser = False

    def __str__(self) -> str:
        return self.name or self.email

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return False


class Account(models.Model):
    """The legal customer (B-ACC). `country` never changes after registration."""

    public_id = models.CharField(max_length=40, unique=True, default=_account_id, editable=False)
    kind = models.CharField(max_length=12)  # individual, enterprise, operator
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2)
    verified_name = models.CharField(max_length=200, blank=True)
    tax_id = models.CharField(max_length=40, blank=True)
    address = models.TextField(blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=32, blank=True)
    currency = models.CharField(max_length=3)
    payment_model = models.CharField(max_length=8, default="prepaid")  # prepaid, postpaid
    sales_model = models.CharField(max_length=8, default="direct")  # direct, referral, resale
    reseller = models.ForeignKey("Reseller", null=True, blank=True, on_delete=models.PROTECT, related_name="customers")
    reseller_budget_minor = models.BigIntegerField(null=True, blank=True)
    reseller_spent_minor = models.BigIntegerField(default=0)
    frozen_by_reseller = models.BooleanField(default=False)
    state = models.CharField(max_length=12, default="normal")  # normal, restricted, frozen, closed
    state_reason = models.CharField(max_length=300, blank=True)
    is_complete = models.BooleanField(default=False)  # B-ACC-001: may order
    pays_automatically = models.BooleanField(default=False)  # buyer-purchase 9.2
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A user's rights in an account: role names of `permissions.ROLES`."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="memberships")
    roles = models.JSONField(default=list)
    is_owner = models.BooleanField(default=False)
    order_limit_minor = models.BigIntegerField(null=True, blank=True)  # B-PRM-001, currency of the account
    granted_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    granted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "account"], name="one_membership")]


class Invitation(models.Model):
    """An open invitation of a person into an account; the link's token is kept as a hash only."""

    public_id = models.CharField(max_length=40, unique=True, default=_invitation_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    roles = models.JSONField(default=list)
    token_hash = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=10, default="open")  # open, accepted, withdrawn, expired
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()


class ApiKey(models.Model):
    """A bearer key for the API; shown once, kept as a hash. `scopes` are permission names, empty for all."""

    public_id = models.CharField(max_length=40, unique=True, default=_key_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="api_keys")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16)
    secret_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)


class AccessKey(models.Model):
    """An AK/SK pair for the interfaces that sellers' servers call; the secret is shown once."""

    access_key = models.CharField(max_length=40, unique=True)
    secret_key = EncryptedTextField()
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="access_keys")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="access_keys")
    name = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)


class Seller(models.Model):
    """The profile that makes an account a seller; its contact data is shown to buyers (B-AFS-001)."""

    public_id = models.CharField(max_length=40, unique=True, default=_seller_id, editable=False)
    account = models.OneToOneField(Account, on_delete=models.PROTECT, related_name="seller")
    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    about = models.TextField(blank=True)
    legal_name = models.CharField(max_length=200)
    registration_number = models.CharField(max_length=60, blank=True)
    address = models.TextField(blank=True)
    country = models.CharField(max_length=2)
    website = models.URLField(blank=True)
    logo = models.CharField(max_length=200, blank=True)  # file name below media/
    support_email = models.EmailField(blank=True)
    support_phone = models.CharField(max_length=40, blank=True)
    support_hours = models.CharField(max_length=120, blank=True)
    support_languages = models.CharField(max_length=120, blank=True)
    answers_in = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=12, default="active")  # active, suspended, left
    verified_at = models.DateTimeField(null=True, blank=True)
    level = models.CharField(max_length=12, default="certified")  # certified, preferred, leading (S-BEN-001)
    accepts_tickets = models.BooleanField(default=False)  # S-TCK-001
    ticket_hours = models.CharField(max_length=120, blank=True)
    # A sanction under which nothing new is sold; renewals go on. Without products it is for all (S-VIO-T1).
    trade_stop_until = models.DateTimeField(null=True, blank=True)
    trade_stop_products = models.JSONField(default=list)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Reseller(models.Model):
    """The profile that makes an account a reseller; in the resale model it pays for its customers."""

    public_id = models.CharField(max_length=40, unique=True, default=_reseller_id, editable=False)
    account = models.OneToOneField(Account, on_delete=models.PROTECT, related_name="reseller_profile")
    name = models.CharField(max_length=120)
    contact_email = models.EmailField(blank=True)
    contact_phone = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Agreement(models.Model):
    """A legal text that is accepted: one of the platform (`AGR_…`, B-TRM) or one of a product."""

    key = models.CharField(max_length=80, unique=True)  # AGR_PARTNER_USER or product:<public id>
    kind = models.CharField(max_length=16)  # platform, product, registration
    product_id = models.CharField(max_length=40, blank=True)  # public id, a package above
    name = models.CharField(max_length=200)
    issuer = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.name


class AgreementVersion(models.Model):
    """One version of an agreement in all its languages (B-TRM-002)."""

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="versions")
    version = models.CharField(max_length=20)
    effective_at = models.DateTimeField()
    texts = models.JSONField(default=dict)  # language code: Markdown
    change_note = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agreement", "version"], name="one_agreement_version")]


class AgreementAcceptance(models.Model):
    """Who accepted which version for which account, and where (B-TRM-004)."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="acceptances")
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    version = models.ForeignKey(AgreementVersion, on_delete=models.PROTECT, related_name="acceptances")
    order_id = models.CharField(max_length=64, blank=True)  # order number; empty at registration
    accepted_at = models.DateTimeField()
    address = models.CharField(max_length=64, blank=True)
