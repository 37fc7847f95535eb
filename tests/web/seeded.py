"""A small marketplace with something on every page, for the table of screens and for browsers.

`seed(url)` makes it in the database at hand and returns what addresses need. `python -m tests.web.seeded` does the
same in a process of its own, with the sample catalogue around it, and prints it as JSON (see `tests.web.browser`).
"""

from __future__ import annotations

import json
import os
import uuid
from datetime import date, timedelta
from typing import Any

LONG = "Vierteljahresabschlussvorbereitungsassistent for Groups of Companies with Subsidiaries in Several Countries"


def seed(seller_url: str) -> dict[str, Any]:
    """People, products, orders in every state, money, messages. Wants a clock that stands still."""
    from galleria.pricing.models import TaxRate
    from tests.people import make_person, make_seller
    from tests.shop import Shop

    bruno = make_seller("Bruno Okafor", slug="okafor", seller_name="Okafor Software")
    shop = Shop(bruno)
    if not TaxRate.objects.filter(country="SE").exists():
        shop.tax(2500)
    people = _people(bruno, make_person)
    products = _products(shop, seller_url)
    facts = {
        "people": {name: person.user.email for name, person in people.items()},
        "seller": "okafor",
        **_trade(shop, people, products),
        **_account(people["ada"]),
        "colleague": people["ben"].user.public_id,
        **_releases(bruno),
        **_reviews(bruno, people["olga"]),
        "desk": products["desk"].public_id,
        "box": products["box"].public_id,
        "named": products["private"].public_id,
        **_assets(bruno),
        **_operator(people["olga"], people["ada"]),
        **_joint(bruno, people["olga"]),
    }
    facts |= _interface(people["bruno"], products)
    facts |= _company(bruno, people["nora"])
    facts |= _granting(people, products["long"])
    return {**facts, **{f"p_{key}": row.slug for key, row in products.items()}}


def _joint(bruno: Any, olga: Any) -> dict[str, Any]:
    """Requests for the joint operations programme: one to fill in, one whose prices are to be agreed, one certified."""
    from galleria.releasing import services
    from tests.people import NOW

    material = {"introduction": "We back up.", "business_term": "20 years", "results": "All tests passed.",
                "compliance": "ISO 27001", "contact": "joint@okafor.example"}  # fmt: skip
    prices = {"Standard": {"list": "500.00 EUR", "sales_base": "450.00 EUR", "sharing_base": "400.00 EUR"}}
    made = {}
    for name, passed in (("joint", -1), ("joint_commercial", 2), ("joint_certified", 3)):
        row = services.start_certificate(
            bruno.actor, product_name=LONG[:60], delivery="license", specifications=["Standard"], material=material,
            at=NOW,
        )  # fmt: skip
        made[name] = row.public_id
        if passed >= 0:
            services.submit_certificate(bruno.actor, certificate_id=row.public_id, accepts_agreement=True, at=NOW)
        for step in range(max(passed, 0)):
            services.pass_review(
                olga.actor, certificate_id=row.public_id, prices=prices if step == 2 else None, at=NOW
            )  # fmt: skip
    return made


def _company(bruno: Any, nora: Any) -> dict[str, Any]:
    """What the pages about a seller's own company show."""
    from galleria.selling import services
    from galleria.selling.services import applying, people
    from tests.people import NOW

    applying.begin(nora.actor, at=NOW)
    party = services.install_default_party(at=NOW)
    services.certify_from_catalogue(bruno.seller, at=NOW)
    recipient = people.add_recipient(
        bruno.actor, name="Rob Roe", email="rob@okafor.example", categories={"alerts": ["email"]}, at=NOW
    )
    pia = bruno.colleague("Pia Publisher", "SellerPublisher")
    return {
        "party": party.public_id,
        "recipient": recipient.public_id,
        "sellers_user": pia.user.public_id,
        "sellers_account": bruno.account.public_id,
    }


def _granting(people: dict[str, Any], product: Any) -> dict[str, str]:
    """Offers that wait, hold and are drafts, a discount of the operator and of a reseller, coupons."""
    from galleria.kit import clock
    from galleria.pricing import services
    from tests.packages.pricing.making import batch, line, offered, written

    bruno, ada, at = people["bruno"], people["ada"], clock.now()
    priced = line(product, mode="period:month", periods="1", price="1200000.00")
    effective = offered(bruno, priced, accounts=[ada], name=f"Seller Offer - {LONG[:60]} - 3% Off")
    offered(bruno, line(product, percent="60"), accounts=[ada], name="Half price", confirmed=True)
    draft = written(bruno, line(product, percent="45"), accounts=[ada], name="Draft")
    discount = offered(
        people["olga"], services.line_in({"product": product.public_id, "percent": "1"}), kind="commercial",
        accounts=[ada], name="Key account",
    )  # fmt: skip
    type(people["xavier"].account).objects.filter(pk=people["xavier"].account.pk).update(
        reseller=people["rita"].reseller
    )
    partner = offered(
        people["rita"], services.line_in({"product": product.public_id, "percent": "2"}), kind="partner",
        accounts=[people["xavier"]], name="For a good customer",
    )  # fmt: skip
    sold = batch(bruno, name="Ten off the long one", face="10.00", products=[product.public_id])
    coupon = services.claim_coupon(ada.actor, batch_id=sold.public_id, at=at)
    ours = batch(people["olga"], name="Printed", claim="code", products=[product.public_id])
    batch(bruno, name="To claim", products=[product.public_id], quantity="500", per_account="90")
    return {
        "offer": effective.public_id, "draft_offer": draft.public_id, "discount": discount.public_id,
        "partner_discount": partner.public_id, "batch": sold.public_id, "printed": ours.public_id,
        "coupon": coupon.public_id, "long": product.public_id,
    }  # fmt: skip


def _people(bruno: Any, make_person: Any) -> dict[str, Any]:
    from allauth.account.models import EmailAddress

    from galleria.parties import services
    from galleria.parties.models import Reseller, User
    from tests.people import NOW, PASSWORD, Person, make_seller

    ada = make_person("Ada Byron", account_name="Byron Analytics AB", password=PASSWORD)
    rita = make_person("Rita Mendes", account_name="Mendes Consulting Lda", country="PT")
    Reseller.objects.create(account=rita.account, name="Mendes Consulting", created_at=NOW)
    user, account = services.create_operator(email="olga@example.com", name="Olga Lind", at=NOW)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    User.objects.filter(pk=ada.user.pk).update(phone="+46 70 123 45 67")
    people = {
        "ada": ada,
        "ben": ada.colleague("Ben Finance", "BuyerFinance"),
        "cleo": ada.colleague("Cleo Reader", "BuyerReadOnly"),
        "bruno": bruno,
        "olga": Person(user, account),
        "rita": rita,
        "svea": make_seller("Svea Berg", slug="berg", seller_name="Berg & Co"),
        "xavier": make_person("Xavier Roche", kind="individual", account_name="Xavier Roche", country="FR"),
        "nora": make_person("Nora Lund", account_name="Lund & Söner Fiskexport Aktiebolag", password=PASSWORD),
        "nova": make_person("Nova Ek", kind="individual", account_name="Nova Ek", complete=False),
    }
    for person in people.values():
        person.account.refresh_from_db()
    return people


def _products(shop: Any, seller_url: str) -> dict[str, Any]:
    from galleria.publishing import services
    from galleria.publishing.models import PopularPick
    from tests.people import NOW

    made = {
        "desk": shop.product(
            "Marigold Helpdesk", monthly="49.00", yearly="490.00", seats=(1, 50, 1), model="linear", trial_days=14,
            needs_contact_consent=True, version="4.2", delivery_promise="about one minute",
            description="Tickets from mail, chat and forms in one queue.\n\n## Who it is for\n\nTeams of 3 to 50.",
            guide="Open the address, sign in with the first password, **change it**.",
            highlights=["One queue", "Answers from templates"], tags=["helpdesk", "mail"], scanned_at=NOW,
        ),
        "notes": shop.product("Quill Notes", once="12.00", delivery_type="license", accepts_credit=True),
        "meter": shop.product("Sluice Gateway", hourly="0.0200", delivery_type="saas"),
        "lantern": shop.product("Lantern Wiki", monthly="5.00", delivery_type="content"),
        "gratis": shop.product("Pebble Forms", monthly="0.00", needs_contact_consent=True),
        "long": shop.product(LONG, monthly="1234567.89", delivery_type="professional", is_supervised=True),
        "private": shop.product("Named Only", monthly="7.00", is_restricted=True),
        "hidden": shop.product("Back Room", monthly="7.00", state="hidden"),
        "removed": shop.product("Old Times", monthly="7.00", state="removed"),
        "elsewhere": shop.product("Elsewhere", monthly="7.00", sold_everywhere=False),
        "box": shop.product("Edge Box", once="900.00", delivery_type="hardware", is_supervised=True),
        "advice": shop.product("Harbour Advice", once="0.00", delivery_type="consulting", material={
            "website": "https://okafor.example/advice", "contact": {"email": "advice@okafor.example"},
        }),
    }  # fmt: skip
    made["box"].specifications.update(stock=0)
    _tell(shop, made["desk"])
    for name in ("desk", "gratis", "meter"):
        made[name].refresh_from_db()
    shop.connect(made["desk"], seller_url)
    from galleria.delivering import services as delivering
    from galleria.delivering.models import ProductionAddress

    delivering.bind_product(made["gratis"], ProductionAddress.objects.get(seller=shop.seller.seller))
    made["lantern"].name_zh_hans = "灯笼知识库"
    made["lantern"].save()
    PopularPick.objects.create(product=made["desk"])
    services.reindex_products([row.pk for row in made.values()])
    return made


def _tell(shop: Any, product: Any) -> None:
    """A review, an answered question and a version of the product."""
    from galleria.publishing.models import ProductVersion
    from galleria.supporting.models import Question, Review
    from tests.people import NOW

    Review.objects.create(
        product=product, account=shop.seller.account, order_line_id="seeded", quality=5, service=4, speed=4,
        text="Set up in a minute, and everybody found the queue.", byline="Head of IT, logistics", created_at=NOW,
        reply="Thank you.",
    )  # fmt: skip
    Question.objects.create(product=product, text="Can we bring our own mail server?", answer="Yes, by IMAP.",
                            state="published", created_at=NOW, answered_at=NOW)  # fmt: skip
    ProductVersion.objects.create(product=product, version="4.2", released_on=date(2027, 2, 1), notes="Faster search.")
    type(product).objects.filter(pk=product.pk).update(rating_e2=433, review_count=1, sales_total=12, sales_30d=3)


def _trade(shop: Any, people: dict[str, Any], products: dict[str, Any]) -> dict[str, str]:
    """Orders unpaid, failed at the card, delivered, waiting for the seller; a quote; coupons and cards."""
    from galleria.buying import services as buying
    from galleria.delivering.models import Delivery
    from galleria.kit import clock
    from galleria.subscribing.models import Subscription
    from tests import till

    ada, desk = people["ada"], products["desk"]
    for person, amount in ((ada, "9000.00"), (people["xavier"], "500.00"), (people["bruno"], "50.00")):
        shop.fund(person, amount)
    seats = {"attributes": {"seats": "3"}}
    done = shop.buy(ada, desk, **seats)
    shop.work()
    coming = shop.buy(ada, products["lantern"])
    others = shop.buy(people["xavier"], products["lantern"])
    shop.coupon(ada, "MARIGOLD20", "20.00")
    till.card(ada)
    unpaid = shop.order(ada, products["notes"], mode="one_time")
    declined = shop.order(ada, products["lantern"], term=2)
    bad = till.card(ada, till.DECLINES)
    failed = shop.pay(ada, declined, method="card", means_id=bad.public_id)
    shop.work()
    canceled = shop.order(ada, products["notes"], mode="one_time")
    buying.cancel_order(ada.actor, order_id=canceled.public_id, reason="Not needed.", at=clock.now())
    quote = buying.keep_quote(ada.actor, product_slug=desk.slug, at=clock.now(),
                              configuration=shop.configuration(desk, **seats))  # fmt: skip
    _favorites(ada, products)
    left = _left(shop, ada, desk)
    trial, renewed = _tried_and_renewed(shop, people["xavier"], ada, desk)
    return {
        "trial": trial, "renewed": renewed,
        "left": left, "left_line": f"{left}-000001",
        "done": done.public_id, "coming": coming.public_id, "others": others.public_id, "unpaid": unpaid.public_id,
        "canceled": canceled.public_id, "quote": quote.public_id,
        "payment": _payment_of(done), "failed_payment": failed.payment.public_id,
        "subscription": Subscription.objects.get(order_id=done.public_id).public_id,
        "coming_subscription": Subscription.objects.get(order_id=coming.public_id).public_id,
        "service_order": Delivery.objects.get(order_id=coming.public_id).public_id,
    }  # fmt: skip


def _left(shop: Any, ada: Any, desk: Any) -> str:
    """A subscription that Ada bought, had delivered and gave back; the number of the unsubscription."""
    from galleria.buying import leaving
    from galleria.buying.services import leaving as services
    from galleria.kit import clock
    from galleria.subscribing.models import Subscription

    shop.fund(ada, "147.00")
    bought = shop.buy(ada, desk, attributes={"seats": "3"})
    shop.work()
    ids = [Subscription.objects.get(order_id=bought.public_id).public_id]
    seen = leaving.preview(ada.actor, subscription_ids=ids, at=clock.now())
    order = services.leave(
        ada.actor, subscription_ids=ids, seen_digest=seen.digest, reason="other_product", fee_accepted=True,
        deletion_accepted=True, at=clock.now(),
    ).order  # fmt: skip
    shop.work()
    assert order is not None
    return str(order.public_id)


def _tried_and_renewed(shop: Any, xavier: Any, ada: Any, desk: Any) -> tuple[str, str]:
    """A trial whose timer is stuck, and a subscription whose renewal has not begun; their numbers."""
    from galleria.buying.services import renewing
    from galleria.kit import clock
    from galleria.subscribing.models import Subscription, Timer

    tried = shop.buy(xavier, desk, mode="trial")
    shop.fund(ada, "147.00")
    bought = shop.buy(ada, desk)
    shop.work()
    trial, renewed = (Subscription.objects.get(order_id=order.public_id) for order in (tried, bought))
    shop.pay(ada, *renewing.renew(ada.actor, wishes=[renewing.Wish(renewed.public_id)], at=clock.now()))
    shop.work()
    Timer.objects.filter(subscription=trial).update(state="stuck", problem="OperationalError: disk I/O error")
    return trial.public_id, renewed.public_id


def _payment_of(order: Any) -> str:
    from galleria.paying.models import Payment

    return next(row.public_id for row in Payment.objects.all() if order.public_id in row.order_ids)


def _favorites(ada: Any, products: dict[str, Any]) -> None:
    from galleria.kit import clock
    from galleria.publishing import services

    for name in ("desk", "notes"):
        services.save_favorite(
            ada.actor, slug=products[name].slug, specification_id="", configuration={}, at=clock.now()
        )


def _account(ada: Any) -> dict[str, str]:
    """Keys, a ticket, an invitation, a top-up under way."""
    from galleria.kit import clock
    from galleria.notifying.models import Message
    from galleria.parties import services
    from galleria.paying import services as paying
    from galleria.supporting import services as supporting
    from tests.shop import euro

    at = clock.now()
    services.create_access_key(ada.actor, name="mail server", at=at)
    key, _text = services.create_api_key(ada.actor, name="ordering", scopes=(), at=at)
    ticket = supporting.open_ticket(ada.actor, category="credit", subject="Monthly invoice", text="Please.", at=at)
    tickets = _product_tickets(ada)
    services.invite_user(ada.actor, email="dora@example.com", roles=["BuyerPurchaser"], at=at)
    top_up = paying.submit_bank_transfer(
        ada.actor, account_id=ada.account.public_id, amount=euro("250.00"), sender="Byron Analytics AB", bank="Bank",
        transferred_on=at.date() - timedelta(days=1), reference="B-77", at=at,
    )  # fmt: skip
    message = Message.objects.filter(user=ada.user).first()
    return {"key": key.public_id, "ticket": ticket.public_id, "top_up": top_up.public_id,
            "user": ada.user.public_id, "message": message.public_id if message else "", **tickets}  # fmt: skip


def _product_tickets(ada: Any) -> dict[str, str]:
    """Tickets to a seller about something that Ada holds: a new one, and a solved one with a look at the resource."""
    from galleria.kit import clock
    from galleria.parties import selectors as parties
    from galleria.parties.models import Seller
    from galleria.subscribing.models import Subscription
    from galleria.supporting import services as supporting

    at = clock.now()
    held = Subscription.objects.filter(account=ada.account).order_by("pk").select_related("product__seller__account")[0]
    seller = held.product.seller
    Seller.objects.filter(pk=seller.pk).update(accepts_tickets=True, ticket_hours="Mon-Fri 09:00-17:00 (CET)")
    found = {}
    for name in ("new", "solved"):
        row = supporting.open_ticket(
            ada.actor, category="product", product=held.product.public_id, subject=f"No mail arrives, {name}",
            text="Since this morning.", link=held.public_id, at=at,
        )  # fmt: skip
        found[f"{name}_ticket"] = row.public_id
    bruno = parties.actor_for(parties.owners_of(seller.account_id)[0], seller.account)
    key = {"ticket_id": found["solved_ticket"], "at": at}
    supporting.take_ticket(bruno, **key)
    supporting.ask_access(bruno, text="To see its state.", **key)
    supporting.grant_access(ada.actor, days=3, **key)
    supporting.resolve_ticket(bruno, cause="A full disk.", solution="Emptied it.", **key)
    return found


def _assets(bruno: Any) -> dict[str, str]:
    """Packages that a scan rejected and that wait for a person, a site that is not proved."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    from galleria.assets import rules, services
    from galleria.kit import clock
    from tests.packages.kit import hostile

    at = clock.now()
    facts: dict[str, str] = {}
    contents = {
        "asset": {"../../etc/motd": b"x", "conf/a.env": b"AKIA" + b"QWERTYUIOPASDFGH"},
        "asset_waiting": {"agent/main.py": b"print()", "tests/inner.zip": hostile.zipped({"a": b""})},
    }
    for key, files in contents.items():
        row = services.add_asset(bruno.actor, kind="package", name=f"Backup agent {len(facts)}", note=LONG, at=at)
        version = row.versions.get()
        upload = SimpleUploadedFile("agent.zip", hostile.zipped(files))
        services.give_file(bruno.actor, version_id=version.public_id, upload=upload, at=at)
        services.submit_version(bruno.actor, version_id=version.public_id, at=at)
        services.run_scan(version.scans.get().public_id)
        facts |= {key: row.public_id, f"{key}_version": version.public_id}
    site = services.add_asset(
        bruno.actor, kind="saas_site", name="Console", address="http://127.0.0.1:9/login", login_mode="password",
        consent=True, checklist=rules.CHECKLIST, at=at,
    )  # fmt: skip
    return {**facts, "asset_site": site.public_id}


def _reviews(bruno: Any, olga: Any) -> dict[str, str]:
    """A request for a test coupon that waits, with a remark; one that was returned."""
    from galleria.kit import clock
    from galleria.reviewing import selectors, services
    from galleria.selling.services import couponing
    from tests.packages.selling.making import pdf

    at = clock.now()
    for scheme in ("Load test of the helpdesk", "Joint test with a partner"):
        couponing.request(bruno.actor, scheme=scheme, amount="100.00", document=pdf("request.pdf"), at=at)
    waiting, other = selectors.queue(olga.actor, kinds=["test_coupon"]).order_by("pk")
    services.remark(olga.actor, submission_id=waiting.public_id, field="scheme", text="Who tests it?", at=at)
    services.take(olga.actor, submission_id=waiting.public_id, at=at)
    services.give_back(olga.actor, submission_id=other.public_id, note="Name the partner.", at=at)
    return {"review": waiting.public_id, "returned_review": other.public_id}


def _releases(bruno: Any) -> dict[str, str]:
    """A draft of Bruno's with a specification of six combinations, half of them priced."""
    from galleria.kit import clock
    from galleria.releasing import services

    at = clock.now()
    draft = services.start_release(bruno.actor, delivery="saas", at=at)
    options = {"edition": ("basic", "team", "pro"), "support": ("office", "always")}
    specification = {
        "key": "cloud", "name": "Cloud",
        "attributes": [{"key": key, "name": key.title(), "kind": "choice",
                        "options": [{"key": each, "name": each.title()} for each in keys]}
                       for key, keys in options.items()],
        "prices": [{"mode": "period", "period": "month", "terms": [1, 3], "price": "19.00 EUR",
                    "only": {"support": "office"}}],
    }  # fmt: skip
    document = {**draft.document, "name": LONG, "summary": "Closes the quarter.", "specifications": [specification]}
    services.save(bruno.actor, release_id=draft.public_id, document=document, version=draft.version, at=at)
    services.install_presets(at=at)
    attribute = services.create_attribute(
        bruno.actor, kind="choice", code="edition", name="Edition", description="How much of it there is", at=at
    )
    others = {}
    for method in ("image", "license", "professional", "consulting", "hardware"):
        other = services.start_release(bruno.actor, delivery=method, at=at)
        row = {"key": "standard", "name": "Standard"}
        document = {**other.document, "name": f"Draft of a {method}", "specifications": [row]}
        services.save(bruno.actor, release_id=other.public_id, document=document, version=other.version, at=at)
        others[f"draft_{method}"] = other.public_id
    return {"draft": draft.public_id, "attribute": attribute.code, **others}


def _operator(olga: Any, ada: Any) -> dict[str, str]:
    """What the operator's pages show: a transaction, a delivery."""
    from galleria.delivering.models import Delivery
    from galleria.ledger.models import LedgerTransaction

    return {
        "transaction": LedgerTransaction.objects.order_by("id").last().public_id,  # type: ignore[union-attr]
        "ledger_account": f"buyer_cash:{ada.account.public_id}",
        "account": ada.account.public_id,
        "delivery": Delivery.objects.order_by("id").first().public_id,  # type: ignore[union-attr]
    }


def _interface(bruno: Any, products: dict[str, Any]) -> dict[str, Any]:
    """A proven domain and one that waits, saved cases, a key that follows, tests that failed, a call that did."""
    from galleria.connecting import services
    from galleria.connecting.models import DebugCase, DialTest, Domain, RemovalCandidate
    from galleria.delivering.models import ProductionAddress, SellerCall
    from tests.people import NOW

    address = ProductionAddress.objects.filter(seller=bruno.seller).order_by("pk").first()
    assert address is not None
    proven = services.vouch_for(address, at=NOW)
    waiting = Domain.objects.create(
        seller=bruno.seller, origin="https://tickets.okafor.example", token="0123456789" * 4, created_at=NOW,
        expires_at=NOW + timedelta(days=7), checked_at=NOW, problem="TXT _galleria-address.okafor.example: no record.",
    )  # fmt: skip
    key = services.make_key(bruno.actor, kind="base", active_from=NOW + timedelta(days=2), sure=True, at=NOW)
    for number, activity in enumerate(("newInstance", "queryInstance", "releaseInstance", "upgradeInstance")):
        DebugCase.objects.create(
            address=address, activity=activity, parameters={}, saved_at=NOW, saved_by="Bruno Okafor", run_at=NOW,
            passed=number != 1, problem="" if number != 1 else "info[0].appInfo.frontEndUrl is missing",
            http_status=200, result_code="000000", duration_ms=18,
        )  # fmt: skip
    for run, passed in (("morning", True), ("afternoon", False)):
        DialTest.objects.create(
            product=products["desk"], address=address, day=date(2027, 2, 28), run=run, passed=passed, at=NOW,
            results=[{"activity": "queryInstance", "variant": "", "passed": passed, "problem": "HTTP status 502"}],
        )  # fmt: skip
    RemovalCandidate.objects.create(
        product=products["desk"], reason="failed_orders", facts={"month": "2027-02", "orders": 6}, at=NOW
    )
    call = SellerCall.objects.create(
        seller=bruno.seller, activity="newInstance", purpose="debug", url=f"{address.url}?signature=00&nonce=11",
        request_body='{"activity":"newInstance","orderId":"CS1906666666ABCDE","testFlag":"1"}', http_status=200,
        answer='{"resultCode":"000001","resultMsg":"no"}', result_code="000001", verdict="failure", called_at=NOW,
        failure='resultCode "000001" (authentication failed)', duration_ms=21,
    )  # fmt: skip
    return {
        "interface_key": str(key.pk),
        "interface": address.public_id, "domain": proven.public_id, "waiting_domain": waiting.public_id,
        "call": call.public_id, "desk": products["desk"].public_id,
    }  # fmt: skip


def many(count: int) -> None:
    """So many more products, orders, subscriptions, messages, keys and movements, for budgets that must not grow."""
    from galleria.parties.models import User
    from galleria.publishing import services
    from galleria.publishing.models import Product
    from tests.people import Person
    from tests.shop import Shop

    shop = Shop(_person("bruno"))
    ada: Person = _person("ada")
    rows = [shop.product(f"Shelf {number} Helpdesk", monthly="3.00") for number in range(count)]
    services.reindex_products([row.pk for row in rows])
    shop.fund(ada, f"{count * 9}.00")
    for row in rows:
        shop.buy(ada, row)
        shop.order(ada, row)
    for number in range(count):
        services.save_favorite(ada.actor, slug=rows[number].slug, specification_id="", configuration={}, at=_now())
        ada.colleague(f"Colleague {number}", "BuyerReadOnly")
    _many_reviews(shop.seller, count)
    _many_offers(shop.seller, ada, rows)
    assert Product.objects.count() >= count
    assert User.objects.count() >= count


def _many_offers(bruno: Any, ada: Any, products: list[Any]) -> None:
    from galleria.pricing import services
    from galleria.pricing.models import CouponBatch
    from tests.packages.pricing.making import batch, line, offered

    wanted = CouponBatch.objects.get(name="To claim")
    for number, product in enumerate(products):
        given = line(product, mode="period:month", periods="1", percent="10")
        offered(bruno, given, accounts=[ada], name=f"Offer {number}", order_types=("renewal",))
        batch(bruno, name=f"Coupons {number}", products=[product.public_id], claim="grant")
        services.claim_coupon(ada.actor, batch_id=wanted.public_id, at=_now())


def _many_reviews(bruno: Any, count: int) -> None:
    from galleria.reviewing.models import Submission

    Submission.objects.bulk_create(
        Submission(
            kind="test_coupon", subject=f"tcr_{number}", title=f"Test {number}", account=bruno.account,
            seller_name="Okafor Software", submitted_at=_now(), due_at=_now() + timedelta(days=3),
        )
        for number in range(count)
    )  # fmt: skip


def _now() -> Any:
    from galleria.kit import clock

    return clock.now()


def _person(name: str) -> Any:
    from galleria.parties.models import User
    from tests.people import Person

    emails = {"ada": "ada.byron@example.com", "bruno": "bruno.okafor@example.com"}
    user = User.objects.get(email=emails[name])
    return Person(user, user.current_account)


def main() -> None:
    """Fill the database of the environment; print what browsers need, with a session for everybody."""
    import django

    django.setup()

    from galleria.cli.setup import steps
    from galleria.demo import marketplace, voices
    from galleria.kit import clock
    from tests.people import NOW

    for _name, step in steps():
        step()
    clock.set_for_tests(NOW)
    marketplace.load(NOW)
    voices.load(NOW)
    facts = seed(os.environ["WORLD_SELLER"])
    clock.set_for_tests(None)
    facts["sessions"] = {name: session_of(email) for name, email in facts["people"].items()}
    print(json.dumps(facts))


def session_of(email: str) -> str:
    """The key of a new session of this person."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from galleria.parties.models import User

    user = User.objects.get(email=email)
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session["seeded"] = str(uuid.uuid4())
    session.save()
    return str(session.session_key)


if __name__ == "__main__":
    main()
