"""For whom a page of offers or coupons is: its addresses, its place in the navigation, its words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from galleria.kit.actor import Actor
from galleria.kit.errors import Text
from galleria.web import context, lists
from galleria.web.words import Shown

OFFER_STATES = {
    "draft": Shown(_("Draft"), "", "edit"),
    "in_approval": Shown(_("Waits for the operator"), "info", "clock"),
    "effective": Shown(_("In force"), "good", "done"),
    "waiting": Shown(_("Begins later"), "info", "clock"),
    "rejected": Shown(pgettext_lazy("state of an offer", "Rejected"), "bad", "stop"),
    "withdrawn": Shown(_("Withdrawn"), "", "undo"),
    "expired": Shown(_("Expired"), "", "clock"),
    "invalid": Shown(_("Ended early"), "", "x"),
    "used": Shown(pgettext_lazy("state of an offer", "Used"), "", "check"),
    "open": Shown(_("You can order"), "good", "done"),
}
BATCH_STATES = {
    "active": Shown(pgettext_lazy("state of coupons", "Open"), "good", "done"),
    "waiting": Shown(_("Begins later"), "info", "clock"),
    "gone": Shown(_("All are out"), "", "check"),
    "expired": Shown(_("Expired"), "", "clock"),
    "void": Shown(pgettext_lazy("state of coupons", "Void"), "", "x"),
}
CLAIMS = {
    "public": _("Buyers claim them"),
    "grant": _("Given to accounts that you name"),
    "code": _("Codes of 16 characters that buyers redeem"),
}


@dataclass(frozen=True, slots=True)
class Side:
    """Who grants. `kind` is that of its offers; `offers` and `coupons` are the addresses of its lists."""

    kind: str
    area: str
    current: str
    permission: str
    offers: str
    coupons: str
    title: Text
    lede: Text
    crumbs: tuple[tuple[Text, str], ...] = ()

    def tabs(self, actor: Actor, current: str) -> list[dict[str, Any]]:
        """Offers and coupons, as far as the reader may open them."""
        found = [("offers", self.title, self.offers, self.permission)]
        if self.coupons:
            found.append(("coupons", _("Coupons"), self.coupons, COUPON_PERMISSIONS[self.area]))
        if self.kind == "commercial":
            found.append(("ranges", _("Authorised ranges"), "/operator/discounts/ranges", self.permission))
        return [
            {"text": text, "href": href, "current": key == current}
            for key, text, href, permission in found
            if actor.may(permission)
        ]


COUPON_PERMISSIONS = {"seller": "seller:coupon:manage", "operator": "operator:price:manage"}
SELLER = Side(
    "exclusive", "seller", "offers", "seller:offer:manage", "/seller/offers", "/seller/coupons", _("Offers"),
    _("Prices for customers that you name. They order at them through a link, and see them at your product."),
)  # fmt: skip
OPERATOR = Side(
    "commercial", "operator", "trade", "operator:price:manage", "/operator/discounts", "/operator/coupons",
    _("Discounts for accounts"),
    _("What account managers grant. Of all discounts that an order line has, the best one applies."),
    ((_("Trade"), "/operator/trade"),),
)  # fmt: skip
RESELLER = Side(
    "partner", "reseller", "discounts", "reseller:discount:manage", "/reseller/discounts", "",
    _("Discounts for customers"),
    _("What you grant your customers. Of all discounts that an order line has, the best one applies."),
)  # fmt: skip


def instant_of(data: QueryDict, name: str) -> datetime | None:
    """A `datetime-local` field in the reader's zone; None when it is empty or no time."""
    text = lists.text_of(data, name, 19)
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    if found is None or found.tzinfo is not None or not 2000 <= found.year <= 9000:
        return None
    return found.replace(tzinfo=context.reader_zone())


def local(value: datetime | None) -> str:
    """The same the other way round."""
    return value.astimezone(context.reader_zone()).strftime("%Y-%m-%dT%H:%M") if value is not None else ""
