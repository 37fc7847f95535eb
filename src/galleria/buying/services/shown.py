"""What previews of renewals, changes and conversions have in common: one order on what is held, before it exists."""

from __future__ import annotations

from dataclasses import dataclass

from galleria.buying.services.holding import Asked, digest_of
from galleria.kit.money import Money
from galleria.pricing.rules import quote as quote_rules
from galleria.subscribing.models import Subscription


@dataclass(frozen=True)
class Shown:
    """What would be asked, with its figures; what is confirmed carries the digest (UI-GEN-04)."""

    asked: Asked

    @property
    def subscription(self) -> Subscription:
        return self.asked.subscription

    @property
    def quote(self) -> quote_rules.Quote:
        return self.asked.quote

    @property
    def due(self) -> Money:
        return self.quote.due

    @property
    def coupon_refused(self) -> tuple[str, ...]:
        """Why the coupon that was asked for pays nothing."""
        return self.asked.coupon_refused

    @property
    def renews_itself(self) -> bool:
        return self.subscription.auto_renew

    @property
    def digest(self) -> str:
        return digest_of([self.asked])
