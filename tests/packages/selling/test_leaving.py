"""Test coupons (S-TCP) and leaving the marketplace (S-EXI)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from galleria.audit.models import AuditRecord
from galleria.kit.errors import Invalid, NotAllowed, NotFound, PermissionMissing
from galleria.kit.files import FileRefused
from galleria.parties.models import Seller
from galleria.pricing.models import Coupon
from galleria.publishing.models import Product
from galleria.reviewing.models import Submission
from galleria.selling import ports, selectors, services
from galleria.selling.models import ExitRequest, TestCoupon
from galleria.selling.selectors import coupons
from galleria.selling.services import applying, couponing, leaving
from tests.packages.selling import making
from tests.people import NOW, make_seller
from tests.shop import Shop


def ask(person, amount="500.00", at=NOW, **more):
    values = {"scheme": "2027 marketplace common product test", "document": making.pdf(), **more}
    return couponing.request(person.actor, amount=amount, at=at, **values)


# ----- test coupons -----


@pytest.mark.req("S-TCP-001")
def test_a_granted_request_becomes_a_coupon_of_the_value_that_the_operator_set(bruno, olga):
    product = Shop(bruno).product("Desk", monthly="9.00")
    row = ask(bruno, product=product.public_id, remarks="Two machines")
    submission = making.submission_of(row.public_id)
    assert (submission.kind, (submission.due_at - NOW).days) == ("test_coupon", 3)
    couponing.set_value(olga.actor, request_id=row.public_id, amount="300.00", at=NOW)

    making.approve(olga, row.public_id)

    coupon = Coupon.objects.get(account=bruno.account)
    assert (coupon.balance_minor, coupon.currency, coupon.state) == (30_000, "EUR", "unused")
    assert coupon.limits == {"products": {"only": [product.public_id]}}
    row.refresh_from_db()
    assert (row.state, row.granted_minor) == ("granted", 30_000)
    with pytest.raises(NotAllowed):
        making.approve(olga, row.public_id)
    assert Coupon.objects.count() == 1


@pytest.mark.req("S-TCP-T1")
def test_a_second_request_for_the_same_product_is_refused(bruno, olga):
    product = Shop(bruno).product("Desk", monthly="9.00")
    row = ask(bruno, product=product.public_id)
    with pytest.raises(Invalid) as refusal:
        ask(bruno, product=product.public_id)
    assert list(refusal.value.fields) == ["product"]
    making.give_back(olga, row.public_id)  # one that was refused does not count
    assert ask(bruno, product=product.public_id).state == "review"


@pytest.mark.req("S-TCP-T2", "S-TCP-001", "S-DEC-011")
def test_what_would_exceed_the_year_is_refused_with_the_rest_shown(bruno):
    for _each in range(3):
        ask(bruno, "2500.00")
    ask(bruno, "2000.00")
    with pytest.raises(Invalid) as refusal:
        ask(bruno, "500.01")
    assert "500.00 EUR" in refusal.value.fields["amount"]
    ask(bruno, "500.00")
    assert coupons.left_this_year(bruno.seller.pk, NOW).minor == 0
    # the year is that of the billing time zone
    assert coupons.left_this_year(bruno.seller.pk, datetime(2027, 12, 31, 16, 0, tzinfo=UTC)).minor == 1_000_000


@pytest.mark.req("S-TCP-001")
@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"amount": "2500.01"}, "amount"), ({"amount": "0"}, "amount"), ({"amount": "much"}, "amount"),
        ({"scheme": " "}, "scheme"), ({"scheme": "x" * 201}, "scheme"), ({"document": None}, "document"),
        ({"product": "prd_of_somebody"}, "product"),
    ],
)  # fmt: skip
def test_wrong_requests_are_refused_beside_the_field(bruno, more, field):
    with pytest.raises(Invalid) as refusal:
        ask(bruno, **more)

    assert list(refusal.value.fields) == [field]
    assert TestCoupon.objects.count() == 0


def test_the_document_is_checked_by_its_content(bruno):
    from galleria.kit import files

    with pytest.raises(FileRefused) as refusal:
        ask(bruno, document=files.Content("sealed.pdf", b"\x7fELF" + b"\0" * 100))
    assert list(refusal.value.fields) == ["document"]


@pytest.mark.req("S-TCP-T3", "S-TCP-001")
def test_three_months_without_a_release_close_the_page_until_one_comes(bruno):
    ask(bruno)
    three = datetime(2027, 6, 1, 9, 0, tzinfo=UTC)
    assert coupons.why_closed(bruno.seller.pk, three) is None
    late = three + timedelta(seconds=1)
    assert "no software product was released" in str(coupons.why_closed(bruno.seller.pk, late))
    with pytest.raises(couponing.TestCouponsClosed):
        ask(bruno, at=late)

    product = Shop(bruno).product("Desk", monthly="9.00")
    Product.objects.filter(pk=product.pk).update(published_at=late)
    assert coupons.why_closed(bruno.seller.pk, late + timedelta(days=1)) is None


@pytest.mark.req("S-TCP-T3")
def test_the_closed_page_has_no_form(bruno):
    from galleria.kit import clock

    assert "Ask for the coupon" in bruno.client.get("/seller/test-coupons").content.decode()
    ask(bruno)
    clock.set_for_tests(NOW + timedelta(days=120))
    page = bruno.client.get("/seller/test-coupons").content.decode()
    assert "Ask for the coupon" not in page
    assert "no software product was released" in page


def test_only_who_may_asks_and_a_rival_withdraws_nothing(bruno, ada):
    row = ask(bruno)
    rival = make_seller("Rosa", slug="rosa", seller_name="Rosa")
    pia = bruno.colleague("Pia", "SellerPublisher")
    with pytest.raises(selectors.NotASeller):
        ask(ada)
    with pytest.raises(PermissionMissing):
        ask(pia)
    with pytest.raises(NotFound):
        couponing.withdraw(rival.actor, request_id=row.public_id, at=NOW)
    with pytest.raises(PermissionMissing):
        couponing.set_value(bruno.actor, request_id=row.public_id, amount="2500.00", at=NOW)
    couponing.withdraw(bruno.actor, request_id=row.public_id, at=NOW)
    assert TestCoupon.objects.get().state == "withdrawn"
    assert coupons.left_this_year(bruno.seller.pk, NOW).minor == 1_000_000


# ----- leaving -----


@pytest.mark.req("S-EXI-T1", "S-EXI-001")
def test_each_open_point_is_listed_with_a_link_and_stops_the_request(bruno):
    Shop(bruno).product("Desk", monthly="9.00")
    checks = {each.key: each for each in ports.checklist(bruno.seller.pk)}
    assert set(checks) >= {"products", "orders", "deliveries", "settled", "invoices", "fees"}
    assert (checks["products"].passed, checks["products"].href) == (False, "/seller/products")
    with pytest.raises(leaving.ExitBlocked) as refusal:
        leaving.request(bruno.actor, reason="We stop selling.", at=NOW)
    assert refusal.value.extra == {"open": ["products"]}
    page = bruno.client.get("/seller/exit").content.decode()
    assert 'href="/seller/products"' in page and "1 not removed yet" in page


@pytest.mark.req("S-EXI-T1", "S-EXI-001")
def test_an_open_order_stops_the_exit(bruno, ada):
    shop = Shop(bruno)
    product = shop.product("Desk", monthly="9.00")
    shop.fund(ada, "90.00")
    shop.order(ada, product)
    Product.objects.update(state="removed")

    still_open = {each.key: str(each.detail) for each in ports.checklist(bruno.seller.pk) if not each.passed}
    assert still_open == {"orders": "1 order is open"}


@pytest.mark.req("S-EXI-001", "S-EXI-T2")
def test_an_approved_exit_leaves_a_console_for_reading_and_no_way_back(bruno, olga):
    leaving.request(bruno.actor, reason="We stop selling.", at=NOW)
    row = ExitRequest.objects.get()
    assert selectors.profile_of(bruno.seller).exit_state == "review"
    with pytest.raises(NotAllowed):
        leaving.request(bruno.actor, reason="Twice, please.", at=NOW)

    making.approve(olga, row.public_id)

    assert Seller.objects.get().state == "left"
    profile = selectors.profile_of(bruno.seller)
    assert (profile.exit_state, profile.exited_at) == ("exited", NOW)
    for permission in ("seller:settlement:view", "seller:order:view", "seller:product:view"):
        assert services.require_seller(bruno.actor, permission)
    for permission in ("seller:product:release", "seller:invoice:manage", "seller:info:manage"):
        with pytest.raises(services.SellerLeft):
            services.require_seller(bruno.actor, permission)
    with pytest.raises(applying.PreconditionFailed):
        applying.begin(bruno.actor, at=NOW)
    assert bruno.client.get("/seller/orders").status_code == 200
    assert "has left the marketplace" in bruno.client.get("/seller/exit").content.decode()


@pytest.mark.req("S-EXI-001")
def test_what_comes_up_after_the_request_stops_the_approval(bruno, olga):
    leaving.request(bruno.actor, reason="We stop selling.", at=NOW)
    Shop(bruno).product("Desk", monthly="9.00")

    with pytest.raises(leaving.ExitBlocked):
        making.approve(olga, ExitRequest.objects.get().public_id)

    assert Seller.objects.get().state == "active"
    assert Submission.objects.get().state == "pending"


@pytest.mark.req("S-EXI-001")
def test_a_returned_and_a_withdrawn_exit_leave_everything_as_it_was(bruno, olga):
    leaving.request(bruno.actor, reason="We stop selling.", at=NOW)
    making.give_back(olga, ExitRequest.objects.get().public_id, "An invoice is missing.")
    assert selectors.profile_of(bruno.seller).exit_state == "active"
    row = leaving.request(bruno.actor, reason="We stop selling.", at=NOW)
    leaving.withdraw(bruno.actor, at=NOW)
    with pytest.raises(NotAllowed):
        making.approve(olga, row.public_id)
    assert Seller.objects.get().state == "active"


@pytest.mark.req("S-EXI-001", "S-SUB-001")
def test_only_the_owner_leaves(bruno, ada):
    ben = bruno.colleague("Ben", "SellerAdmin")
    with pytest.raises(PermissionMissing, match="Only the owner"):
        leaving.request(ben.actor, reason="We stop selling.", at=NOW)
    with pytest.raises(selectors.NotASeller):
        leaving.request(ada.actor, reason="We stop selling.", at=NOW)
    with pytest.raises(Invalid):
        leaving.request(bruno.actor, reason=" ", at=NOW)


@pytest.mark.req("S-EXI-002")
def test_the_operator_lets_a_seller_in_again_with_a_reason_on_record(bruno, olga):
    with pytest.raises(NotAllowed):
        leaving.readmit(olga.actor, seller_id=bruno.seller.public_id, reason="A mistake.", at=NOW)
    leaving.request(bruno.actor, reason="We stop selling.", at=NOW)
    making.approve(olga, ExitRequest.objects.get().public_id)
    with pytest.raises(PermissionMissing):
        leaving.readmit(bruno.actor, seller_id=bruno.seller.public_id, reason="Please.", at=NOW)
    with pytest.raises(Invalid):
        leaving.readmit(olga.actor, seller_id=bruno.seller.public_id, reason="", at=NOW)

    leaving.readmit(olga.actor, seller_id=bruno.seller.public_id, reason="Approved by mistake.", at=NOW)

    assert Seller.objects.get().state == "active"
    assert services.require_seller(bruno.actor, "seller:product:release")
    record = AuditRecord.objects.get(sentence="seller.readmitted")
    assert (record.reason, record.actor_name) == ("Approved by mistake.", "Olga Lind")
