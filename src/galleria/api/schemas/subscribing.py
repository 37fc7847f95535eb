"""What the account holds, and how to use it."""

from __future__ import annotations

from typing import Any

from galleria.api.schemas.buying import ProductRef
from galleria.api.schemas.common import In, Instant, MoneyOut, Out, PageOut, money
from galleria.subscribing.states import STATE_NUMBERS


class SubscriptionOut(Out):
    """A subscription. `state_number` is stable; *released* and *failed* have none (null)."""

    id: str
    state: str
    state_number: int | None
    state_reason: str
    product: ProductRef
    seller: str
    specification: str
    specification_name: str
    delivery_type: str
    order: str
    order_line: str
    product_code: str
    instance_id: str
    billing_mode: str
    period_type: str
    period_count: int
    quantity: int
    choices: dict[str, str]
    region: str
    paid: MoneyOut
    is_trial: bool
    auto_renew: bool
    created_at: Instant
    effective_at: Instant | None
    expires_at: Instant | None
    released_at: Instant | None


class SubscriptionPage(PageOut[SubscriptionOut]):
    """Subscriptions, the newest first."""


class UsageOut(Out):
    """A figure of use that the seller told."""

    value: str
    at: str
    dashboard_url: str


class AppInfoOut(Out):
    """How to use the application, as the seller last told it. `has_password`: it can be revealed, with a record."""

    front_end_url: str
    admin_url: str
    user_name: str
    has_password: bool
    memo: str
    usage: list[UsageOut]
    refreshed_at: Instant | None
    last_error: str


class PasswordOut(Out):
    """The initial password. Looking is recorded."""

    password: str


class AutoRenewalOut(Out):
    """Whether the subscription renews by itself, and when it ends."""

    is_on: bool
    is_possible: bool
    expires_at: Instant | None


class AutoRenewalIn(In):
    """On or off."""

    is_on: bool


class ComingOut(Out):
    """What the clock will do by itself: when, what, and by which rule (requirement), setting and its version."""

    at: Instant
    kind: str
    value: str
    rule: str
    setting: str
    setting_version: int


class ComingList(Out):
    """Everything that comes, in order."""

    items: list[ComingOut]


def coming_out(each: Any) -> ComingOut:
    return ComingOut(
        at=each.due_at,
        kind=each.kind,
        value=each.value,
        rule=each.rule,
        setting=each.setting,
        setting_version=each.version,
    )


def subscription_out(row: Any) -> SubscriptionOut:
    product = row.product
    return SubscriptionOut(
        id=row.public_id,
        state=row.state,
        state_number=STATE_NUMBERS.get(row.state),
        state_reason=row.state_reason,
        product=ProductRef(id=product.public_id, slug=product.slug, name=product.name),
        seller=product.seller.name,
        specification=row.specification.public_id,
        specification_name=row.specification.name,
        delivery_type=product.delivery_type,
        order=row.order_id,
        order_line=row.order_line_id,
        product_code=row.product_code,
        instance_id=row.instance_id,
        billing_mode=row.billing_mode,
        period_type=row.period_type,
        period_count=row.period_count,
        quantity=row.quantity,
        choices={str(key): str(value) for key, value in row.choices.items()},
        region=row.region,
        paid=money(row.paid_minor, row.currency),
        is_trial=row.is_trial,
        auto_renew=row.auto_renew,
        created_at=row.created_at,
        effective_at=row.effective_at,
        expires_at=row.expires_at,
        released_at=row.released_at,
    )


def app_info_out(info: Any) -> AppInfoOut:
    return AppInfoOut(
        front_end_url=info.front_end_url,
        admin_url=info.admin_url,
        user_name=info.user_name,
        has_password=bool(info.password),
        memo=info.memo,
        usage=[
            UsageOut(value=str(each["value"]), at=str(each["at"]), dashboard_url=str(each.get("dashboard_url") or ""))
            for each in info.usage
        ],
        refreshed_at=info.refreshed_at,
        last_error=info.last_error,
    )


def auto_renewal_out(row: Any) -> AutoRenewalOut:
    return AutoRenewalOut(
        is_on=row.auto_renew,
        is_possible=row.billing_mode == "period"
        and not row.is_trial
        and row.state in {"initializing", "effective", "grace"},
        expires_at=row.expires_at,
    )
