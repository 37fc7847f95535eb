"""The one table of screens: address, who may open it, in which state, for how many queries and bytes (UI-T01).

Tests of statuses, queries and bytes, strangers, accessibility and layout all run over it; a new address pattern
without a row here (or an entry in `ACTS`) fails `test_screens.py`. Braces name values of `tests.web.seeded`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

VISITOR, ADA, NOVA, OLGA, XAVIER, BRUNO, SVEA = "visitor", "ada", "nova", "olga", "xavier", "bruno", "svea"
LOGIN = 302  # led through sign-in and back


@dataclass(frozen=True)
class Screen:
    """One page in one state, as `who` sees it."""

    id: str
    path: str
    who: str = ADA
    state: str = ""
    status: int = 200
    # What others get: role → status.
    others: dict[str, int] = field(default_factory=dict)
    queries: int = 0  # 0: no budget of its own
    grows: bool = False  # looked at again with many rows
    frame: str = "console"  # store, console
    in_browser: bool = True

    @property
    def name(self) -> str:
        return " ".join(filter(None, (self.id, self.path, self.state, self.who)))

    def address(self, facts: dict[str, Any]) -> str:
        return self.path.format(**facts)


# Compressed bytes (UI-PERF-02 to 04): everything, scripts, styles, HTML of a first visit; a following page; a swap.
BUDGETS = {
    "store": {"all": 50_000, "script": 22_000, "style": 12_000, "html": 16_000, "next": 16_000, "swap": 10_000},
    "console": {"all": 70_000, "script": 28_000, "style": 14_000, "html": 28_000, "next": 28_000, "swap": 10_000},
}
REQUESTS = 8  # UI-PERF-05, without pictures in view

ANYONE = {ADA: 200, OLGA: 200}
PRIVATE = {VISITOR: LOGIN}  # a page about oneself; everybody has one
OWN = {VISITOR: LOGIN, XAVIER: 404}  # an object of Ada's account
STAFF = {VISITOR: LOGIN, ADA: 403, XAVIER: 403}


def store(id_: str, path: str, who: str = VISITOR, state: str = "", **more: Any) -> Screen:
    more.setdefault("others", ANYONE if who == VISITOR and more.get("status", 200) == 200 else {})
    return Screen(id_, path, who, state, frame="store", **more)


def mine(id_: str, path: str, state: str = "", **more: Any) -> Screen:
    more.setdefault("others", PRIVATE)
    return Screen(id_, path, more.pop("who", ADA), state, **more)


def own(id_: str, path: str, state: str = "", **more: Any) -> Screen:
    return mine(id_, path, state, others={**OWN, **more.pop("others", {})}, **more)


def staff(id_: str, path: str, state: str = "", **more: Any) -> Screen:
    return Screen(id_, path, OLGA, state, others=STAFF, **more)


def sells(id_: str, path: str, state: str = "", **more: Any) -> Screen:
    """A page of Bruno, who sells; others have no seller's pages at all."""
    foreign = {SVEA: 404} if "{" in path.partition("?")[0] and more.get("who", BRUNO) == BRUNO else {}  # another seller
    more["others"] = {VISITOR: LOGIN, ADA: 403, XAVIER: 403, **foreign, **more.pop("others", {})}
    return Screen(id_, path, more.pop("who", BRUNO), state, **more)


SCREENS: tuple[Screen, ...] = (
    # --- storefront ---
    store("P1", "/", queries=8, grows=True),
    store("P1", "/", ADA, "what waits", queries=8, grows=True),
    store("P2", "/search?q=helpdesk", queries=10, grows=True),
    store("P2", "/search?q=helpdesk", ADA, "saving", queries=10, grows=True),
    store("P2", "/search?q=helpdesc", state="spelling help", queries=10),
    store("P2", "/search?q=zzzzzz", state="nothing found", queries=10),
    store("P2", "/search?q=marigold&delivery=image", state="empty by filter", queries=10),
    store("P2", "/c/business", queries=10, grows=True),
    store("P2", "/search?compare={p_desk}&compare={p_notes}", state="comparing", queries=10),
    store("P3", "/products/{p_desk}", queries=14, grows=True),
    store("P3", "/products/{p_desk}", ADA, "yours", queries=14, grows=True),
    store("P3", "/products/{p_desk}?a.seats=99", state="wrong quantity", queries=14),
    store("P3", "/products/{p_meter}", state="by use", queries=14),
    store("P3", "/products/{p_gratis}", state="free", queries=14),
    store("P3", "/products/{p_long}", state="long", queries=14),
    store("P3", "/products/{p_private}", state="restricted", queries=14),
    store("P3", "/products/{p_hidden}", state="hidden", queries=14),
    store("P3", "/products/{p_removed}", state="removed", status=410, queries=14),
    store("P3", "/products/{p_elsewhere}", state="not in region", queries=14),
    store("P3", "/products/{p_box}", state="sold out", queries=14),
    store("P3", "/products/{p_advice}", state="consulting", queries=14),
    store("P3", "/products/nothing-here", state="unknown", status=404),
    store("P3", "/products/{p_advice}/enquiry", ADA, others={VISITOR: LOGIN}, queries=14),
    store("P4", "/compare?p={p_desk}&p={p_notes}&p={p_long}", queries=14),
    store("P4", "/compare", state="empty"),
    store("P5", "/sellers/{seller}", queries=8, grows=True),
    store("P5", "/sellers/nobody", state="unknown", status=404),
    store("P6", "/help"), store("P6", "/help/marketplace"), store("P6", "/help?q=refund", state="search"),
    store("P6", "/help/sell"),
    store("P6", "/legal"), store("P6", "/legal/ranking"), store("P6", "/legal/accessibility"),
    store("P6", "/legal/imprint"), store("P6", "/legal/AGR_PARTNER_USER"), store("P6", "/legal/AGR_PARTNER_USER/1"),
    store("P6", "/requirements/new", ADA, others={VISITOR: LOGIN}),
    store("P7", "/account/login/", others={ADA: LOGIN}),
    store("P7", "/account/signup/", others={ADA: LOGIN}),
    store("P7", "/account/password/reset/", others={}),
    store("P7", "/account/logout/", ADA),
    store("P7", "/account/invitation", state="no invitation", status=404),
    store("P7", "/account/password/reset/done/", others={}, in_browser=False),
    # --- buyer ---
    store("B1", "/buyer/checkout/{quote}", ADA, others=OWN, queries=30),
    store("B2", "/buyer/pay?orders={unpaid}", ADA, others={VISITOR: LOGIN}, queries=20),
    store("B2", "/buyer/pay/{payment}", ADA, "paid and delivered", others=OWN, queries=20),
    store("B2", "/buyer/pay/{failed_payment}", ADA, "declined", others=OWN, queries=20),
    mine("B3", "/buyer/", queries=14, grows=True),
    mine("B3", "/buyer/", "empty", who=NOVA, queries=14),
    mine("B4", "/buyer/subscriptions", queries=12, grows=True),
    mine("B4", "/buyer/subscriptions", "empty", who=NOVA, queries=12),
    mine("B4", "/buyer/subscriptions?q=zzz", "empty by filter", queries=12),
    own("B5", "/buyer/subscriptions/{subscription}", queries=18, grows=True),
    own("B5", "/buyer/subscriptions/{subscription}", "reader", who="cleo", queries=18),
    own("B5", "/buyer/subscriptions/{coming_subscription}", "being set up", queries=18),
    mine("B4", "/buyer/renewals", queries=18, grows=True),
    mine("B4", "/buyer/renewals", "empty", who=NOVA, queries=12),
    mine("B4", "/buyer/renewals?tab=auto", "by itself", queries=18),
    mine("B4", "/buyer/renewals?q=zzz", "empty by filter", queries=12),
    mine("B6", "/buyer/renewals/setting", queries=10),
    own("B6", "/buyer/renew?id={subscription}", queries=26),
    own("B6", "/buyer/renew?id={subscription}", "reader", who="cleo", queries=26),
    own("B6", "/buyer/renewals/policy?id={subscription}", queries=16),
    own("B6", "/buyer/renew?id={subscription},{renewed}", "several", queries=30),
    own("B6", "/buyer/renewals/policy?id={subscription},{renewed}", "several", queries=18),
    own("B6", "/buyer/convert/{subscription}", "not a trial", status=409, queries=16),
    mine("B6", "/buyer/convert/{trial}", who=XAVIER, others={VISITOR: LOGIN, ADA: 404}, queries=20),
    own("B6", "/buyer/subscriptions/{subscription}/change", "nothing chosen", queries=24),
    own("B6", "/buyer/subscriptions/{subscription}/change?mode=now&quantity=9", "change", queries=30),
    own("B6", "/buyer/subscriptions/{subscription}/change?mode=now&quantity=9", "reader", who="cleo", queries=28),
    own("B6", "/buyer/subscriptions/{coming_subscription}/change", "no change possible", queries=18),
    mine("B6", "/buyer/unsubscriptions", queries=16, grows=True),
    mine("B6", "/buyer/unsubscriptions", "empty", who=NOVA, queries=16),
    mine("B6", "/buyer/unsubscriptions?view=renewals", "renewals", queries=16),
    mine("B6", "/buyer/unsubscriptions?view=failed", "failed", queries=16),
    mine("B6", "/buyer/unsubscriptions?view=history", "history", queries=16),
    own("B6", "/buyer/unsubscriptions/new?id={subscription}&id={renewed}", "several", queries=20),
    own("B6", "/buyer/unsubscriptions/{left}", queries=16),
    own("B6", "/buyer/subscriptions/{subscription}/leave", "leave", queries=16),
    own("B6", "/buyer/subscriptions/{subscription}/leave?kind=2", "no renewal to give back", queries=16),
    own("B6", "/buyer/subscriptions/{renewed}/leave?kind=2", "a renewal to give back", queries=18),
    mine("B6", "/buyer/subscriptions/{trial}/leave", "release", who=XAVIER, others={VISITOR: LOGIN, ADA: 404},
         queries=16),
    own("B6", "/buyer/subscriptions/{subscription}/leave", "reader", who="cleo", queries=16),
    mine("B8", "/buyer/orders", queries=10, grows=True),
    mine("B8", "/buyer/orders", "empty", who=NOVA, queries=10),
    mine("B8", "/buyer/orders?view=to_pay", "to pay", queries=10, grows=True),
    mine("B8", "/buyer/orders?product=zzz", "empty by filter", queries=10),
    own("B9", "/buyer/orders/{done}", "completed", queries=18, grows=True),
    own("B9", "/buyer/orders/{coming}", "in delivery", queries=18),
    own("B9", "/buyer/orders/{unpaid}", "unpaid", queries=18),
    own("B9", "/buyer/orders/{canceled}", "canceled", queries=18),
    mine("B12", "/buyer/funds", queries=18, grows=True),
    mine("B12", "/buyer/funds", "empty", who=NOVA, queries=18),
    mine("B12", "/buyer/funds/entries", queries=18, grows=True),
    mine("B12", "/buyer/funds/coupons", queries=18, grows=True),
    mine("B12", "/buyer/funds/top-up", queries=18), mine("B12", "/buyer/funds/transfer", queries=18),
    mine("B12", "/buyer/funds/top-ups", queries=18), own("B12", "/buyer/funds/top-ups/{top_up}", queries=18),
    mine("B12", "/buyer/funds/cards", queries=18),
    mine("B13", "/buyer/saved", queries=14, grows=True),
    mine("B13", "/buyer/saved", "empty", who=NOVA, queries=14),
    mine("B13", "/buyer/offers", queries=14, grows=True),
    mine("B13", "/buyer/offers", "empty", who=NOVA, queries=14),
    store("B13", "/offers/{offer}", ADA, others={VISITOR: LOGIN, XAVIER: 403}, queries=14),
    own("B12", "/buyer/funds/coupons/{coupon}", queries=18),
    store("UI-GEN-12", "/find?q=marigold", ADA, others={VISITOR: 200}, queries=18),
    # --- account ---
    mine("A1", "/account/", queries=18), mine("A1", "/account/sessions/", queries=18),
    mine("A1", "/account/email/", queries=18), mine("A1", "/account/password/change/", queries=18),
    mine("A2", "/account/users", queries=18, grows=True), mine("A2", "/account/users/invite", queries=18),
    own("A2", "/account/users/{user}", queries=18),
    own("A2", "/account/users/{colleague}/remove", queries=18), mine("A2", "/account/data", queries=18),
    mine("A2", "/account/complete", "first order", who=NOVA, queries=18),
    mine("A2", "/account/keys", queries=18), mine("A2", "/account/keys/new", queries=18),
    mine("A2", "/account/keys/pair", queries=18), mine("A2", "/account/switch", queries=18),
    mine("A2", "/account/agreements", queries=18, grows=True),
    mine("A2", "/account/users", "no permission", who="ben", queries=18),
    mine("A3", "/account/messages", queries=18, grows=True), own("A3", "/account/messages/{message}", queries=18),
    mine("A3", "/account/messages", "empty", who=NOVA, queries=18),
    mine("A3", "/account/tickets", queries=18), mine("A3", "/account/tickets/new", queries=18),
    own("A3", "/account/tickets/{ticket}", queries=18),
    own("A3", "/account/tickets/{new_ticket}", "to a seller", queries=18),
    own("A3", "/account/tickets/{solved_ticket}", "solved by the seller", queries=18),
    mine("A3", "/account/tickets/new?product={p_desk}", "to a seller", queries=18),
    mine("A4", "/account/activity", queries=18, grows=True),
    mine("A2", "/account/calendar", queries=18),
    # --- operator ---
    staff("O1", "/operator/", queries=16, grows=True),
    staff("O2", "/operator/reviews", queries=10, grows=True),
    staff("O2", "/operator/reviews?view=decided", "decided", queries=10),
    staff("O3", "/operator/reviews/{review}", queries=20),
    staff("O3", "/operator/reviews/{returned_review}", "returned"),
    staff("O2", "/operator/reviews?q=zzz", "empty by filter", queries=10),
    staff("O5", "/operator/catalogue", queries=9),
    staff("O5", "/operator/catalogue/categories/business", "a category", queries=9),
    staff("O6", "/operator/trade", queries=18, grows=True),
    staff("O6", "/operator/trade?view=orders", queries=18, grows=True),
    staff("O6", "/operator/trade?view=deliveries", queries=18, grows=True),
    staff("O6", "/operator/trade/orders/{done}", queries=18),
    staff("O6", "/operator/trade/deliveries/{delivery}", queries=18),
    staff("O9", "/operator/ledger", queries=18, grows=True), staff("O9", "/operator/ledger/accounts", queries=18),
    staff("O9", "/operator/ledger/accounts/{ledger_account}/EUR", queries=18, grows=True),
    staff("O9", "/operator/ledger/{transaction}", queries=18),
    staff("O10", "/operator/settings", queries=8), staff("O10", "/operator/settings/bill.run_day", queries=9),
    staff("O10", "/operator/settings?q=zzz", "empty by filter", queries=8),
    staff("O10", "/operator/settings/calendar", queries=8), staff("O10", "/operator/settings/reasons", queries=8),
    staff("O12", "/operator/audit", queries=8, grows=True), staff("O12", "/operator/access", queries=10),
    staff("O12", "/operator/audit?about=zzz", "empty by filter", queries=8),
    staff("O11", "/operator/work", queries=18, grows=True), staff("O8", "/operator/transfers", queries=18),
    staff("O11", "/operator/work/timers", queries=12, grows=True),
    staff("O11", "/operator/work/timers?view=stuck", "stuck", queries=12),
    staff("O4", "/operator/accounts", queries=12, grows=True),
    staff("O4", "/operator/accounts?view=sellers", "sellers", queries=12),
    staff("O4", "/operator/accounts?q=zzz", "empty by filter", queries=12),
    staff("O4", "/operator/accounts/{account}", "a buyer", queries=18),
    staff("O4", "/operator/accounts/{sellers_account}", "a seller", queries=26),
    staff("O10", "/operator/settings/selling", queries=14),
    staff("O4", "/operator/accounts/{account}/later", queries=18),
    staff("A3", "/operator/tickets", queries=18), staff("A3", "/operator/tickets/{ticket}", queries=18),
    # --- seller ---
    mine("S1", "/seller/start", "draft", who="nora", queries=18),
    mine("S1", "/seller/start", "not met", who=XAVIER, queries=18),
    mine("S1", "/seller/start?step=contacts&checked=1", "what is wrong", who="nora", queries=20),
    mine("S1", "/seller/start?step=agreements", "last step", who="nora", queries=20),
    sells("S1", "/seller/profile", queries=21), sells("S1", "/seller/profile/edit", queries=16),
    sells("S1", "/seller/profile/name", queries=16), sells("S1", "/seller/storefront", queries=16),
    sells("S1", "/seller/certification", queries=14),
    sells("S1", "/seller/certification/{party}", queries=16, others={SVEA: 200}),
    sells("S1", "/seller/people", queries=14), sells("S1", "/seller/people/{sellers_user}", queries=14),
    sells("S1", "/seller/recipients", queries=12), sells("S1", "/seller/recipients/{recipient}", queries=12),
    sells("S1", "/seller/test-coupons", queries=14), sells("S1", "/seller/violations", queries=14),
    sells("S1", "/seller/exit", queries=18),
    store("S1", "/seller/recipients/confirm?token=none", state="no link", status=404),
    sells("S2", "/seller/", queries=14, grows=True),
    sells("S2", "/seller/", "getting started", who=SVEA, queries=14),
    sells("S3", "/seller/products", queries=10, grows=True),
    sells("S3", "/seller/products/{desk}", queries=40, others={ADA: 403}),
    sells("S3", "/seller/products/{desk}/removal", queries=34),
    sells("S3", "/seller/products/{desk}/upgrades", queries=34),
    sells("S4", "/seller/joint", queries=10),
    sells("S4", "/seller/joint/new", queries=10),
    sells("S4", "/seller/joint/{joint}", "draft", queries=14),
    sells("S4", "/seller/joint/{joint_certified}", "certified", queries=14),
    staff("O2", "/operator/joint", queries=10),
    staff("O2", "/operator/joint?view=revoked", "empty by filter", queries=10),
    staff("O3", "/operator/joint/{joint_commercial}", "prices to agree", queries=12),
    staff("O3", "/operator/joint/{joint_certified}", "certified", queries=12),
    sells("S5", "/seller/attributes", queries=10),
    sells("S5", "/seller/attributes?q=zzz", "empty by filter", queries=10),
    sells("S5", "/seller/attributes/{attribute}", queries=12),
    sells("S5", "/seller/attributes/version", "of the marketplace", queries=12),
    sells("S7", "/seller/releases", queries=10, grows=True),
    sells("S7", "/seller/releases?view=approved", "empty", queries=10),
    sells("S7", "/seller/releases/{draft}", queries=20),
    sells("S3", "/seller/products?view=drafts", "drafts", queries=12),
    sells("S3", "/seller/products?view=suspended", "empty", queries=12),
    sells("S3", "/seller/products?q=zzz", "empty by filter", queries=12),
    sells("S3", "/seller/products/new", queries=10),
    sells("S4", "/seller/products/{draft}/edit/listing", queries=36),
    sells("S4", "/seller/products/{draft}/edit/media", queries=36),
    sells("S4", "/seller/products/{draft}/edit/categories", queries=36),
    sells("S4", "/seller/products/{draft}/edit/delivery", queries=36),
    sells("S4", "/seller/products/{draft}/edit/trials", queries=36),
    sells("S4", "/seller/products/{draft}/edit/regions", queries=36),
    sells("S4", "/seller/products/{draft}/edit/agreements", queries=36),
    sells("S4", "/seller/products/{draft}/edit/support", queries=36),
    sells("S4", "/seller/products/{draft}/checks", queries=36),
    sells("S4", "/seller/products/{draft}/differences", queries=36),
    sells("S4", "/seller/products/{draft}/preview", queries=12),
    sells("S4", "/seller/products/{draft}/preview/page", queries=120, frame="store"),
    sells("S5", "/seller/products/{draft}/edit/specifications", queries=36),
    sells("S5", "/seller/products/{draft}/edit/specifications/0", queries=38),
    *(
        sells(id_, f"/seller/products/{{draft_{method}}}/{page}", queries=40)
        for method in ("image", "license", "professional", "consulting", "hardware")
        for id_, page in (("S4", "edit/delivery"), ("S4", "edit/agreements"), ("S4", "checks"),
                          ("S5", "edit/specifications/0"))
    ),
    sells("S3", "/seller/products/{box}", "to be stocked", queries=40),
    sells("S3", "/seller/products/{named}", "named accounts", queries=40),
    sells("S6", "/seller/interface", queries=20), staff("O5", "/operator/removals", queries=20),
    sells("S6", "/seller/interface/domains/{domain}", "proven", queries=14),
    sells("S6", "/seller/interface/domains/{waiting_domain}", "to prove", queries=14),
    sells("S6", "/seller/interface/addresses/{interface}", queries=16),
    sells("S6", "/seller/interface/keys", queries=14),
    sells("S6", "/seller/interface/console", queries=14),
    sells("S6", "/seller/interface/console?activity=refreshInstance&from={call}", "prefilled", queries=14),
    sells("S6", "/seller/interface/cases", queries=12),
    sells("S6", "/seller/interface/tests", queries=12),
    sells("S6", "/seller/interface/tests?result=failed", "failed", queries=12),
    sells("S6", "/seller/interface/messages", "nothing failed", queries=12),
    sells("S6", "/seller/interface/messages?view=orders", "all calls", queries=12, grows=True),
    sells("S6", "/seller/interface/messages?view=tests&q=zzz", "empty by filter", queries=12),
    sells("S6", "/seller/interface/messages/{call}", queries=14),
    sells("S6", "/seller/products/{desk}/delivery", queries=24),
    sells("S6", "/seller/assets", queries=10, grows=True),
    sells("S6", "/seller/assets?q=zzz", "empty by filter", queries=10),
    sells("S6", "/seller/assets/requests", queries=10, grows=True),
    sells("S6", "/seller/assets/requests?state=approved", "empty by filter", queries=10),
    sells("S6", "/seller/assets/new", queries=8),
    sells("S6", "/seller/assets/new?kind=package", "package", queries=8),
    sells("S6", "/seller/assets/new?kind=saas_site", "site", queries=8),
    sells("S6", "/seller/assets/{asset}", queries=12, grows=True),
    sells("S6", "/seller/assets/{asset_site}", "to be proved", queries=12),
    sells("S6", "/seller/assets/{asset}/edit", queries=10),
    sells("S6", "/seller/assets/{asset}/delete", queries=10),
    sells("S6", "/seller/assets/{asset}/versions/new", queries=10),
    sells("S6", "/seller/assets/{asset}/versions/{asset_version}", "rejected", queries=14),
    sells("S6", "/seller/assets/{asset_waiting}/versions/{asset_waiting_version}", "with a person", queries=14),
    sells("S6", "/seller/assets/{asset}/versions/{asset_version}/edit", queries=10),
    sells("S6", "/seller/assets/{asset}/versions/{asset_version}/delete", queries=10),
    staff("O3", "/operator/assets/{asset_waiting_version}/result", queries=12),
    sells("S10", "/seller/offers", queries=12, grows=True),
    sells("S10", "/seller/offers?view=ended", "nothing in it", queries=12),
    sells("S10", "/seller/offers?q=zzz", "empty by filter", queries=12),
    sells("S10", "/seller/offers/new", "choose the product", queries=14),
    sells("S10", "/seller/offers/new?product={long}", queries=16, grows=True),
    sells("S10", "/seller/offers/{offer}", "in force", queries=24),
    sells("S10", "/seller/offers/{draft_offer}", "draft", queries=24),
    sells("S10", "/seller/offers/{draft_offer}/edit", "draft", queries=22),
    sells("S10", "/seller/coupons", queries=12, grows=True), sells("S10", "/seller/coupons/new", queries=14),
    sells("S10", "/seller/coupons/{batch}", queries=18),
    staff("O6", "/operator/discounts", queries=12), staff("O6", "/operator/discounts/new", queries=12),
    staff("O6", "/operator/discounts/{discount}", queries=18),
    staff("O6", "/operator/discounts/{discount}/edit", queries=14),
    staff("O6", "/operator/discounts/ranges", queries=12),
    staff("O6", "/operator/coupons", queries=12), staff("O6", "/operator/coupons/new", queries=12),
    staff("O6", "/operator/coupons/{printed}", queries=18),
    mine("R4", "/reseller/discounts", who="rita", others={VISITOR: LOGIN, ADA: 403}, queries=12),
    mine("R4", "/reseller/discounts/new", who="rita", others={VISITOR: LOGIN, ADA: 403}, queries=12),
    mine("R4", "/reseller/discounts/{partner_discount}", who="rita", others={VISITOR: LOGIN, ADA: 403}, queries=18),
    mine("R4", "/reseller/discounts/{partner_discount}/edit", who="rita", others={VISITOR: LOGIN, ADA: 403},
         queries=14),
    sells("S8", "/seller/orders", queries=12, grows=True),
    sells("S8", "/seller/orders?view=to_deliver", "to deliver", queries=12, grows=True),
    sells("S8", "/seller/orders?q=zzz", "empty by filter", queries=12),
    sells("S8", "/seller/orders/{done}", "completed", queries=18, grows=True),
    sells("S8", "/seller/orders/{unpaid}", "unpaid", queries=18),
    sells("S8", "/seller/unsubscriptions", queries=14, grows=True),
    sells("S8", "/seller/unsubscriptions?q=zzz", "empty by filter", queries=14),
    sells("S8", "/seller/unsubscriptions/{left_line}", queries=16),
    sells("S8", "/seller/service-orders", queries=12, grows=True),
    sells("S8", "/seller/service-orders?view=acceptance", "empty", queries=12),
    sells("S8", "/seller/service-orders?view=done", "delivered", queries=12, grows=True),
    sells("S8", "/seller/service-orders?q=zzz", "empty by filter", queries=12),
    sells("S8", "/seller/service-orders/{service_order}", queries=20, grows=True),
    sells("S12", "/seller/tickets", queries=12), sells("S12", "/seller/tickets?view=waiting", "waiting", queries=12),
    sells("S12", "/seller/enquiries", queries=12),
    sells("S12", "/seller/tickets?view=closed", "empty by filter", queries=12),
    sells("S12", "/seller/tickets/{new_ticket}", "new", queries=12),
    sells("S12", "/seller/tickets/{solved_ticket}", "may look", queries=14),
    staff("A3", "/operator/tickets/{new_ticket}", "to a seller", queries=18),
    # --- everywhere ---
    store("A5", "/no/such/page", state="404", status=404),
    store("A5", "/buyer/orders/{others}", ADA, "404 of another account", status=404),
    Screen("A5", "/operator/", ADA, "403", status=403, others={VISITOR: LOGIN}),
    store("styleguide", "/styleguide/"),
)  # fmt: skip

ACTS = {
    # Forms that only post: a GET is refused or led back, and shows nothing.
    "seller_start_begin", "seller_start_save", "seller_start_prove", "seller_start_submit", "seller_start_withdraw",
    "seller_agreements", "account_view", "viewing_end",
    "account_act", "account_seller_act",
    "seller_certification_sign", "seller_certification_withdraw", "seller_support", "seller_tickets",
    "seller_ticket_act", "account_ticket_act",
    "seller_profile_act", "seller_name_act", "seller_storefront_act", "seller_appeal", "seller_test_coupon_withdraw",
    "reviews_act", "review_decide", "setting_change", "holidays_change", "reasons_change", "catalogue_act",
    "product_save", "product_ask", "payment_again", "payment_abandon", "subscriptions_renewal", "subscription_refresh",
    "subscription_reveal", "orders_act", "orders_cancel", "order_accept", "order_approve", "order_reject",
    "renewals_act", "unsubscription_withdraw", "funds_card_new",
    "funds_card_default", "funds_card_remove", "trade_call", "trade_confirm", "trade_refund", "trade_retry_refund",
    "trade_refund_to_balance", "ledger_check", "ledger_reversal", "ledger_reverse", "work_retry_all", "work_retry",
    "work_discard", "work_schedule", "transfer_decide", "account_ask_for_deletion",
    "account_withdraw_invitation", "account_revoke_key", "account_revoke_pair", "account_read_all",
    "account_channels", "account_close_ticket", "card_webhook", "checkout_start",
    "seller_products_act", "seller_order_confirm", "seller_submit", "seller_discard", "seller_product_configure",
    "seller_removal_withdraw", "seller_release_withdraw", "seller_joint_release",
    "seller_service_confirm", "seller_service_call",
    "seller_asset_verify", "seller_asset_stop", "seller_version_scan", "seller_version_file", "seller_version_upload",
    "seller_domain_add", "seller_domain_act", "seller_address_act", "seller_key_new", "seller_key_show",
    "seller_key_withdraw", "seller_diagnosis", "seller_diagnosis_keep", "seller_cases_repeat", "seller_case_remove",
    "seller_offer_submit", "seller_offer_withdraw", "seller_offer_invalidate", "seller_offer_delete",
    "operator_discount_submit", "operator_discount_withdraw", "operator_discount_invalidate",
    "operator_discount_delete", "reseller_discount_submit", "reseller_discount_withdraw",
    "reseller_discount_invalidate", "reseller_discount_delete", "seller_coupon_grant", "seller_coupon_void",
    "operator_coupon_grant", "operator_coupon_void", "coupon_redeem", "coupon_claim",
    "seller_restart", "timer_retry", "removal_decide", "notice_send", "notice_settle",
}  # fmt: skip
PARTS = {
    # Parts of pages, files and steps of other servers: tested beside what they belong to.
    "audit_export", "calendar_feed",
    "seller_coupon_codes", "operator_coupon_codes",
    "file", "seller_joint_templates", "seller_asset_piece", "seller_asset_report", "seller_asset_proof",
    "product_price", "order_progress", "preferences", "media", "sitemap", "robots", "favicon", "subscriptions_export",
    "renewals_export", "product_website",
    "orders_export", "ledger_export", "seller_orders_export", "seller_prices_export",
    "seller_price_test", "seller_preview_price", "seller_edit", "seller_shared_preview", "seller_shared_price",
    "payment_return", "funds_payment_return", "funds_card_return", "sandbox_card", "sandbox_challenge", "about",
    "account_own_data", "openid_connect_login", "openid_connect_callback",
}  # fmt: skip
LIBRARY = {
    # Pages of the sign-in library in our templates; walked through in the tests of sign-in and in the journeys.
    "account_email_verification_sent", "account_set_password", "account_inactive", "account_reauthenticate",
    "account_complete_password_reset", "account_password_reset_completed", "account_confirm_password_reset_code",
    "account_confirm_login_code",
    "mfa_index", "mfa_authenticate", "mfa_reauthenticate", "mfa_activate_totp", "mfa_deactivate_totp",
    "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_download_recovery_codes", "mfa_list_webauthn",
    "mfa_add_webauthn", "mfa_reauthenticate_webauthn", "mfa_remove_webauthn", "mfa_edit_webauthn", "mfa_login_webauthn",
    "socialaccount_login_cancelled", "socialaccount_login_error", "socialaccount_signup", "socialaccount_connections",
}  # fmt: skip
