"""Which card gateway this marketplace uses: Stripe when there is a key, the sandbox in a demo, or none."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from galleria.kit.errors import NotFound, Refused
from galleria.paying.ports import CardGateway


class CardsAreOff(Refused):
    """No gateway is set up."""

    code = "CARDS_ARE_OFF"
    status = 409
    default_message = _("This marketplace does not take cards. Choose another way to pay.")


def gateway_name() -> str:
    """`stripe`, `sandbox`, or empty when cards are off."""
    if settings.STRIPE_SECRET_KEY:
        return "stripe"
    return "sandbox" if settings.GALLERIA_SANDBOX_CARDS else ""


def gateway(name: str | None = None) -> CardGateway:
    """The gateway in use, or the one by whose name a card was saved. Raises CardsAreOff, NotFound."""
    wanted = name or gateway_name()
    if not wanted:
        raise CardsAreOff
    if wanted == "sandbox":
        if not settings.GALLERIA_SANDBOX_CARDS:
            raise CardsAreOff
        from galleria.paying.adapters.sandbox_gateway import SandboxGateway

        return SandboxGateway()
    if wanted != "stripe":
        raise NotFound
    if not settings.STRIPE_SECRET_KEY:
        raise CardsAreOff
    return _stripe(settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET, settings.STRIPE_API_BASE)


@lru_cache(maxsize=8)
def _stripe(key: str, webhook_secret: str, api_base: str) -> CardGateway:
    from galleria.paying.adapters.stripe_gateway import StripeGateway

    return StripeGateway(api_key=key, webhook_secret=webhook_secret, api_base=api_base)
