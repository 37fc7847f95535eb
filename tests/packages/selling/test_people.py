"""Users of a seller with their rights and products (S-SUB), recipients of messages (S-RCP)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from galleria.kit import secrets
from galleria.kit.errors import Invalid, NotFound, PermissionMissing
from galleria.kit.models import Job
from galleria.notifying import recipients
from galleria.notifying import services as notifying
from galleria.parties import permissions
from galleria.parties import services as users
from galleria.parties.models import Invitation, Membership
from galleria.selling import selectors, services
from galleria.selling.models import Recipient
from galleria.selling.selectors import people as selected
from galleria.selling.services import people
from tests.packages.selling import making
from tests.people import NOW
from tests.shop import Shop

# ----- sub-users -----


@pytest.mark.req("S-SUB-002")
def test_every_permission_key_of_the_rules_is_an_action_that_some_role_grants():
    expected = [
        "seller.info", "seller.cert", "product.release", "product.manage", "asset.manage", "order.view", "order.export",
        "delivery.act", "refund.approve", "offer.manage", "coupon.manage", "resale.manage", "settlement.view",
        "invoice.manage", "review.reply", "ticket.handle",
    ]  # fmt: skip
    assert list(selected.KEYS) == expected
    assert all(action in permissions.SELLER for action in selected.KEYS.values())
    assert all(people.roles_of([action]) for action in selected.KEYS.values())


@pytest.mark.req("S-SUB-T1", "S-SUB-001")
def test_a_new_sub_user_without_grants_may_do_nothing_as_a_seller(bruno):
    eve = bruno.colleague("Eve")

    assert not eve.actor.permissions & permissions.SELLER
    for action in selected.KEYS.values():
        with pytest.raises(PermissionMissing):
            services.require_seller(eve.actor, action)
    for page in ("orders", "products", "profile", "certification", "storefront", "recipients", "test-coupons", "exit"):
        assert eve.client.get(f"/seller/{page}").status_code == 403, page
    assert eve.client.get("/api/v1/seller/orders").status_code in {401, 403, 404}


@pytest.mark.req("S-SUB-T2", "S-SUB-001")
def test_a_user_with_one_product_cannot_touch_another_one_of_the_same_seller(bruno):
    shop = Shop(bruno)
    first, second = shop.product("First", monthly="9.00"), shop.product("Second", monthly="9.00")
    pia = bruno.colleague("Pia", "BuyerPurchaser")
    assert selectors.product_scope(pia.actor) is None

    people.set_user(
        bruno.actor, user_id=pia.user.public_id, roles=["SellerPublisher"], products=[first.public_id], at=NOW
    )

    row = Membership.objects.get(user=pia.user)
    assert row.roles == ["BuyerPurchaser", "SellerPublisher"]
    assert selectors.product_scope(pia.actor) == {first.public_id}
    selectors.require_product(pia.actor, first.public_id)
    with pytest.raises(NotFound):
        selectors.require_product(pia.actor, second.public_id)
    assert selectors.product_scope(bruno.actor) is None


@pytest.mark.req("S-SUB-T3")
def test_taking_a_grant_away_holds_from_the_next_request(bruno):
    first = Shop(bruno).product("First", monthly="9.00")
    pia = bruno.colleague("Pia", "BuyerReadOnly", "SellerPublisher")
    people.set_user(
        bruno.actor, user_id=pia.user.public_id, roles=["SellerPublisher"], products=[first.public_id], at=NOW
    )
    assert services.require_seller(pia.actor, "seller:product:release")

    people.set_user(bruno.actor, user_id=pia.user.public_id, roles=["SellerPublisher"], products=[], at=NOW)
    assert selectors.product_scope(pia.actor) == frozenset()
    people.set_user(bruno.actor, user_id=pia.user.public_id, roles=[], products=None, at=NOW)
    with pytest.raises(PermissionMissing):
        services.require_seller(pia.actor, "seller:product:release")


@pytest.mark.req("S-SUB-001")
def test_only_the_owner_gives_rights_and_only_those_that_exist(bruno, xavier):
    pia, ben = bruno.colleague("Pia", "SellerPublisher"), bruno.colleague("Ben", "SellerAdmin")
    with pytest.raises(PermissionMissing):
        people.set_user(ben.actor, user_id=pia.user.public_id, roles=["SellerAdmin"], products=None, at=NOW)
    with pytest.raises(Invalid):
        people.set_user(bruno.actor, user_id=pia.user.public_id, roles=["OperatorAdmin"], products=None, at=NOW)
    with pytest.raises(Invalid):
        people.set_user(bruno.actor, user_id=pia.user.public_id, roles=["SellerAdmin"], products=["prd_x"], at=NOW)
    with pytest.raises(NotFound):
        people.set_user(bruno.actor, user_id=xavier.user.public_id, roles=[], products=None, at=NOW)
    with pytest.raises(Invalid):
        people.set_user(bruno.actor, user_id=bruno.user.public_id, roles=[], products=None, at=NOW)
    assert Membership.objects.get(user=pia.user).roles == ["SellerPublisher"]


@pytest.mark.req("S-SUB-T2")
def test_products_of_others_are_not_named(bruno):
    shop = Shop(bruno)
    given, other = (shop.product(name, yearly="90.00") for name in ("Helpdesk", "Backup"))
    ben = bruno.colleague("Ben", "SellerAdmin")
    people.set_user(bruno.actor, user_id=ben.user.public_id, roles=["SellerAdmin"], products=[given.public_id], at=NOW)
    both = [(each.public_id, each.name) for each in (given, other)]

    assert selectors.products_of(bruno.actor) == [(other.public_id, "Backup"), (given.public_id, "Helpdesk")]
    assert selectors.products_of(ben.actor) == [(given.public_id, "Helpdesk")]
    assert selectors.names_for(bruno.actor, both) == ["Backup", "Helpdesk"]
    assert selectors.names_for(ben.actor, both) == ["Helpdesk", "a product that you do not look after"]
    for page in ("/seller/test-coupons", "/seller/people", "/seller/violations", "/seller/interface/keys"):
        assert b"Backup" not in ben.client.get(page).content


@pytest.mark.req("S-SUB-001")
def test_who_looks_after_one_product_gives_nobody_the_roles_of_all(bruno):
    shop = Shop(bruno)
    product = shop.product("Plainsong Helpdesk", yearly="490.00")
    user = bruno.colleague("Bea", "BuyerAdmin", "SellerSupport")
    other = bruno.colleague("Ben", "BuyerFinance", "SellerSupport")
    whole = bruno.colleague("Dag", "BuyerAdmin", "SellerSupport")
    people.set_user(
        bruno.actor, user_id=user.user.public_id, roles=["SellerSupport"], products=[product.public_id], at=NOW
    )

    for act in (
        lambda: users.invite_user(user.actor, email="new@example.com", roles=["SellerSupport"], at=NOW),
        lambda: users.change_roles(
            user.actor, user_id=bruno.colleague("Cid", "BuyerReadOnly").user.public_id, roles=["SellerSupport"], at=NOW
        ),
    ):
        with pytest.raises(users.RoleUnknown) as refused:
            act()
        assert "some products only" in str(refused.value.fields["roles"])
    assert not Invitation.objects.exists()
    # Other roles, and what a colleague has already, are none of that.
    users.invite_user(user.actor, email="new@example.com", roles=["BuyerFinance"], at=NOW)
    users.change_roles(user.actor, user_id=other.user.public_id, roles=["BuyerAcceptor", "SellerSupport"], at=NOW)
    # Who looks after everything may.
    users.invite_user(whole.actor, email="next@example.com", roles=["SellerSupport"], at=NOW)


@pytest.mark.req("S-SUB-001")
def test_the_people_page_shows_roles_and_products_and_saves_them(bruno):
    first = Shop(bruno).product("First Desk", monthly="9.00")
    pia = bruno.colleague("Pia Publisher")
    page = f"/seller/people/{pia.user.public_id}"
    sent = {"roles": ["SellerPublisher"], "scope": "some", "products": [first.public_id]}
    assert pia.client.post(page, sent).status_code == 403
    assert bruno.client.post(page, sent).status_code == 302
    shown = bruno.client.get("/seller/people").content.decode()
    assert "First Desk" in shown and "Publisher" in shown
    assert selectors.product_scope(pia.actor) == {first.public_id}


# ----- recipients -----


def added(person, **more):
    values = {"name": "Rob Roe", "email": "rob@fernwerk.example", "categories": {"alerts": ["email"]}, **more}
    row = people.add_recipient(person.actor, at=NOW, **values)
    job = Job.objects.filter(task__startswith="RecipientAdded").order_by("-pk").first()
    return row, secrets.decrypt(job.args["sealed_token"])


@pytest.mark.req("S-RCP-001")
def test_a_recipient_gets_mail_only_after_opening_the_link(bruno):
    row, token = added(bruno)
    assert selected.addresses_for(bruno.seller.pk, "alerts") == []

    people.confirm_recipient(token, at=NOW + timedelta(days=6))

    assert selected.addresses_for(bruno.seller.pk, "alerts") == [("Rob Roe", "rob@fernwerk.example")]
    assert selected.addresses_for(bruno.seller.pk, "orders") == []
    with pytest.raises(people.LinkNotValid):  # a link works once
        people.confirm_recipient(token, at=NOW)
    people.change_recipient(
        bruno.actor, recipient_id=row.public_id, name="Rob", email="new@fernwerk.example",
        categories={"alerts": ["email"]}, at=NOW,
    )  # fmt: skip
    assert selected.addresses_for(bruno.seller.pk, "alerts") == []  # a new address is proven again


@pytest.mark.req("S-RCP-001")
def test_a_link_ends_after_a_week_and_a_new_one_replaces_it(bruno):
    row, token = added(bruno)
    with pytest.raises(people.LinkNotValid):
        people.confirm_recipient(token, at=NOW + timedelta(days=7, seconds=1))
    people.send_link_again(bruno.actor, recipient_id=row.public_id, at=NOW)
    with pytest.raises(people.LinkNotValid):
        people.confirm_recipient(token, at=NOW)


@pytest.mark.req("S-RCP-001")
def test_opening_the_page_of_the_link_changes_nothing_the_button_agrees(bruno, visitor):
    _row, token = added(bruno)

    page = visitor.get(f"/seller/recipients/confirm?token={token}")
    assert page.status_code == 200
    assert Recipient.objects.get().verified_at is None
    assert visitor.post("/seller/recipients/confirm", {"token": token}).status_code == 200
    assert Recipient.objects.get().verified_at is not None
    assert visitor.get(f"/seller/recipients/confirm?token={token}").status_code == 404


@pytest.mark.req("S-RCP-001")
def test_lists_have_limits_and_belong_to_one_seller(bruno, ada, at):
    added(bruno)
    with pytest.raises(Invalid, match="correct"):
        added(bruno)
    with pytest.raises(Invalid):
        added(bruno, email="no address")
    other = making.make_company("Sven", account_name="Sven AB")
    for person in (ada, other):
        with pytest.raises(selectors.NotASeller):
            people.recipient_of(person.actor, Recipient.objects.get().public_id)
    from tests.people import make_seller

    rival = make_seller("Rosa", slug="rosa", seller_name="Rosa")
    with pytest.raises(NotFound):
        people.remove_recipient(rival.actor, recipient_id=Recipient.objects.get().public_id, at=NOW)
    people.remove_recipient(bruno.actor, recipient_id=Recipient.objects.get().public_id, at=NOW)
    assert Recipient.objects.count() == 0


@pytest.mark.req("S-RCP-001", "S-NOT-001")
def test_messages_go_to_the_recipients_of_their_category_and_alerts_always_to_the_account(bruno):
    _row, token = added(bruno)
    people.confirm_recipient(token, at=NOW)
    bruno.account.email = "office@fernwerk.example"
    bruno.account.save()

    made = notifying.notify(
        [bruno.user], "seller.registered", at=NOW, dedupe="x", account_pk=bruno.account.pk, seller="Fernwerk"
    )

    def sent_to(category):
        return recipients.forward(made, account_pk=bruno.account.pk, category=category)

    assert sent_to("alerts") == ["rob@fernwerk.example", "office@fernwerk.example"]
    assert sent_to("settlement") == ["office@fernwerk.example"]
    assert sent_to("policy") == []
    assert recipients.forward([], account_pk=bruno.account.pk, category="alerts") == []
    assert Job.objects.filter(task="notifying.send_text").count() == 3


@pytest.mark.req("S-SUB-002")
def test_the_table_of_the_documents_names_the_same_actions_and_roles():
    from pathlib import Path

    lines = Path(__file__).resolve().parents[3].joinpath("docs/operate/sellers.md").read_text("utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "`seller:" in line]
    said = {key: (action.strip("`"), sorted(roles.split(", "))) for key, action, roles in rows}

    expected = {
        key: (
            action,
            sorted(str(permissions.ROLES[name].label).replace("’", "'") for name in people.roles_of([action])),
        )
        for key, action in selected.KEYS.items()
    }
    assert said == expected
