"""Violations, what follows from them, appeals, levels (S-VIO, S-BEN)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from galleria.buying import configuring
from galleria.kit import parameters
from galleria.kit.actor import SYSTEM
from galleria.kit.errors import Invalid, NotAllowed, NotFound, PermissionMissing
from galleria.kit.models import Job
from galleria.notifying import sellers as messages
from galleria.notifying.models import Message
from galleria.parties.models import Seller
from galleria.publishing import selectors as catalogue
from galleria.publishing import sellers as publishing
from galleria.publishing.models import Product
from galleria.selling import events, rules, selectors, services
from galleria.selling.models import Violation
from galleria.selling.selectors import sanctions
from galleria.selling.services import sanctioning
from galleria.selling.services.sanctioning import Wanted
from tests.packages.selling import making
from tests.people import NOW
from tests.shop import Shop

MONTH = NOW + timedelta(days=30)


def decide(olga, bruno, *wanted, conduct="other", points=0, **more):
    return sanctioning.decide(
        olga.actor, seller_id=bruno.seller.public_id, conduct=conduct, reason="What happened, in a sentence.",
        sanctions=wanted or (Wanted("warning"),), points=points, at=NOW, **more,
    )  # fmt: skip


def buy(ada, product):
    return configuring.choose(
        ada.actor, configuring.Configuration(product=product.slug, mode="period:month"), country="SE", at=NOW
    )


def refreshed(bruno):
    publishing.on_seller_changed(events.SellerChanged(bruno.seller.public_id))


@pytest.mark.req("S-VIO-001")
def test_every_conduct_of_the_rules_has_points_and_sanctions_proposed():
    worst = ("bribery", "backdoor", "unauthorised_change", "hidden_defect")
    assert {sanctions.CONDUCTS[key].points for key in worst} == {50}
    for each in sanctions.CONDUCTS.values():
        assert set(each.sanctions) <= set(sanctions.SANCTIONS)


@pytest.mark.req("S-VIO-002")
def test_a_decision_keeps_everything_and_is_announced_with_its_reason(bruno, olga):
    row = decide(olga, bruno, Wanted("warning"), Wanted("release_ban", MONTH), conduct="mismatch", points=None,
                 evidence="Page of 28 February", order_id="GA2703011700ABCDEF", is_published=True)  # fmt: skip

    assert (row.points, row.decided_by, row.is_published, row.state) == (5, "Olga Lind", True, "decided")
    assert (row.appeal_until - NOW).days == 14  # ten working days
    assert [each.kind for each in row.sanctions.all()] == ["warning", "release_ban"]
    assert Job.objects.filter(task__startswith="ViolationDecided").count() == 1
    messages.on_violation(events.ViolationDecided(row.public_id, "decided"))
    message = Message.objects.get(user=bruno.user)
    assert message.key == "seller.violation"
    assert message.parameters["reason"] == "What happened, in a sentence."
    assert "What happened" in bruno.client.get("/sellers/fernwerk").content.decode()


@pytest.mark.req("S-VIO-002")
def test_wrong_decisions_are_refused_beside_the_field(bruno, olga, ada):
    for wrong, field in (
        ({"conduct": "gossip"}, "conduct"), ({"points": 51}, "points"), ({"points": -1}, "points"),
        ({"product_id": "prd_x"}, "product_id"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as refusal:
            decide(olga, bruno, **wrong)
        assert field in refusal.value.fields
    for wanted, field in (
        (Wanted("release_ban"), "until_release_ban"), (Wanted("release_ban", NOW), "until_release_ban"),
        (Wanted("exile"), "sanctions"), (Wanted("product_takedown", None, ("prd_x",)), "products"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as refusal:
            decide(olga, bruno, wanted)
        assert field in refusal.value.fields
    for person in (bruno, ada):
        with pytest.raises(PermissionMissing):
            decide(person, bruno)
    assert Violation.objects.count() == 0


@pytest.mark.req("S-VIO-T1", "S-VIO-002")
def test_under_a_trade_restriction_nothing_new_is_sold_and_what_is_held_goes_on(bruno, olga, ada):
    shop = Shop(bruno)
    first, second = shop.product("First", monthly="9.00"), shop.product("Second", monthly="9.00")
    row = decide(olga, bruno, Wanted("trade_restriction", MONTH, (first.public_id,)))
    refreshed(bruno)

    view = catalogue.product_view(ada.actor, first.slug)
    assert (view.availability, view.can_order) == ("stopped", False)
    assert "cannot be purchased now" in ada.client.get(f"/products/{first.slug}").content.decode()
    with pytest.raises(configuring.TradeStopped):
        buy(ada, first)
    assert buy(ada, second).product == second
    # What is sold already is untouched: the product stays on sale for those who hold it, and its seller acts on.
    first.refresh_from_db()
    assert first.state == "on_sale"
    assert services.require_seller(bruno.actor, "seller:delivery:act")

    sanctioning.revoke(olga.actor, violation_id=row.public_id, answer="A mistake of ours.", at=NOW)
    refreshed(bruno)
    assert catalogue.product_view(ada.actor, first.slug).availability == "sold"
    assert buy(ada, first).product == first


@pytest.mark.req("S-VIO-T1")
def test_a_trade_restriction_ends_by_itself(bruno, olga, ada):
    product = Shop(bruno).product("First", monthly="9.00")
    decide(olga, bruno, Wanted("trade_restriction", MONTH))
    seller = Seller.objects.get()

    assert selectors.trade_stop(seller, product.public_id, MONTH - timedelta(seconds=1)) == MONTH
    assert selectors.trade_stop(seller, product.public_id, MONTH) is None


@pytest.mark.req("S-VIO-T2")
def test_a_release_ban_names_its_end(bruno, olga):
    assert selectors.release_ban_until(bruno.seller.pk, NOW) is None
    decide(olga, bruno, Wanted("release_ban", MONTH))
    decide(olga, bruno, Wanted("release_ban", NOW + timedelta(days=3)))

    assert selectors.release_ban_until(bruno.seller.pk, NOW) == MONTH
    assert selectors.release_ban_until(bruno.seller.pk, MONTH) is None


@pytest.mark.req("S-VIO-001", "S-VIO-002")
def test_products_are_taken_down_and_put_back(bruno, olga):
    shop = Shop(bruno)
    first, second = shop.product("First", monthly="9.00"), shop.product("Second", monthly="9.00")
    row = decide(olga, bruno, Wanted("product_takedown", None, (first.public_id,)), conduct="unreachable", points=10)

    assert dict(Product.objects.values_list("name", "state")) == {"First": "suspended", "Second": "on_sale"}
    sanctioning.revoke(olga.actor, violation_id=row.public_id, answer="They answer again.", at=NOW)
    assert set(Product.objects.values_list("state", flat=True)) == {"on_sale"}
    assert second.pk


@pytest.mark.req("S-VIO-T3")
def test_termination_hides_everything_while_deliveries_tickets_and_bills_go_on(bruno, olga, ada):
    product = Shop(bruno).product("First", monthly="9.00")
    decide(olga, bruno, Wanted("termination"), conduct="bribery", points=50)
    refreshed(bruno)

    assert Seller.objects.get().state == "suspended"
    assert catalogue.product_view(ada.actor, product.slug).availability == "seller"
    assert ada.client.get("/sellers/fernwerk").status_code == 404
    with pytest.raises(configuring.ProductUnavailable):
        buy(ada, product)
    for permission in ("seller:product:release", "seller:info:manage", "seller:offer:manage"):
        with pytest.raises(services.CooperationEnded):
            services.require_seller(bruno.actor, permission)
    for permission in (
        "seller:delivery:act", "seller:ticket:handle", "seller:invoice:manage", "seller:refund:approve",
        "seller:settlement:view", "seller:order:view",
    ):  # fmt: skip
        assert services.require_seller(bruno.actor, permission)


@pytest.mark.req("S-VIO-002", "S-VIO-001")
def test_fifty_points_in_twelve_months_end_the_cooperation(bruno, olga):
    decide(olga, bruno, points=30)
    assert sanctions.points_of(bruno.seller.pk, NOW) == 30
    row = decide(olga, bruno, points=20)

    assert [each.kind for each in row.sanctions.all()] == ["warning", "termination"]
    assert Seller.objects.get().state == "suspended"
    sanctioning.revoke(olga.actor, violation_id=row.public_id, answer="Counted twice.", at=NOW)
    assert Seller.objects.get().state == "active"
    assert sanctions.points_of(bruno.seller.pk, NOW) == 30
    assert sanctions.points_of(bruno.seller.pk, rules.later(NOW, 12)) == 0


@pytest.mark.req("S-VIO-002")
def test_a_seller_appeals_within_ten_working_days_and_is_answered(bruno, olga, ada):
    row = decide(olga, bruno)
    with pytest.raises(selectors.NotASeller):
        sanctioning.appeal(ada.actor.having("seller:info:manage"), violation_id=row.public_id, text="No.", at=NOW)
    from tests.people import make_seller

    rival = make_seller("Rosa", slug="rosa", seller_name="Rosa")
    with pytest.raises(NotFound):
        sanctioning.appeal(rival.actor, violation_id=row.public_id, text="No.", at=NOW)
    with pytest.raises(NotAllowed, match="over"):
        sanctioning.appeal(
            bruno.actor, violation_id=row.public_id, text="No.", at=row.appeal_until + timedelta(seconds=1)
        )
    sanctioning.appeal(bruno.actor, violation_id=row.public_id, text="It was not us.", at=row.appeal_until)
    with pytest.raises(NotAllowed):
        sanctioning.appeal(bruno.actor, violation_id=row.public_id, text="Again.", at=NOW)
    sanctioning.confirm(olga.actor, violation_id=row.public_id, answer="It was.", at=NOW)
    row.refresh_from_db()
    assert (row.state, row.appeal, row.answer) == ("confirmed", "It was not us.", "It was.")
    with pytest.raises(NotAllowed):
        sanctioning.confirm(olga.actor, violation_id=row.public_id, answer="Twice.", at=NOW)


@pytest.mark.req("S-VIO-002")
def test_the_page_shows_the_decision_and_takes_the_appeal(bruno, olga):
    row = decide(olga, bruno)
    assert "What happened, in a sentence." in bruno.client.get("/seller/violations").content.decode()
    address = f"/seller/violations/{row.public_id}/appeal"
    assert bruno.client.post(address, {"appeal": " "}).status_code == 422
    assert bruno.client.post(address, {"appeal": "It was not us."}).status_code == 302
    assert bruno.client.post(address, {"appeal": "Again."}).status_code == 409
    assert Violation.objects.get().appeal == "It was not us."


# ----- levels -----


@pytest.mark.req("S-BEN-001")
def test_higher_levels_have_the_benefits_of_the_lower_ones():
    certified, preferred, leading = (sanctions.entitlements(level) for level in sanctions.LEVELS)
    assert certified < preferred < leading
    assert {"banner", "popular", "brand_hall"} <= leading
    assert "banner" not in preferred and "storefront" in certified


@pytest.mark.req("S-BEN-001", "S-VIO-001")
def test_the_operator_sets_the_level_unless_it_is_frozen(bruno, olga):
    sanctioning.set_level(olga.actor, seller_id=bruno.seller.public_id, level="preferred", at=NOW)
    assert Seller.objects.get().level == "preferred"
    decide(olga, bruno, Wanted("level_freeze", MONTH))
    with pytest.raises(NotAllowed, match="frozen until 2027-03-31"):
        sanctioning.set_level(olga.actor, seller_id=bruno.seller.public_id, level="leading", at=NOW)
    sanctioning.set_level(olga.actor, seller_id=bruno.seller.public_id, level="certified", at=NOW)
    sanctioning.set_level(olga.actor, seller_id=bruno.seller.public_id, level="leading", at=MONTH)
    for person, level in ((bruno, "leading"), (olga, "golden")):
        with pytest.raises((PermissionMissing, Invalid)):
            sanctioning.set_level(person.actor, seller_id=bruno.seller.public_id, level=level, at=MONTH)


@pytest.mark.req("S-GEN-001")
def test_points_and_days_are_settings(bruno, olga):
    parameters.change(SYSTEM, "violation.points_limit", 10, at=NOW)
    parameters.change(SYSTEM, "violation.appeal_days", 1, at=NOW)

    row = decide(olga, bruno, points=10)

    assert (row.appeal_until - NOW).days == 1
    assert Seller.objects.get().state == "suspended"
    assert making.NOW == NOW
