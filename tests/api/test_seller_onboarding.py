"""From a fresh account to a seller with a server that works, by program alone; and what is refused on the way."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from galleria.audit.models import AuditRecord
from galleria.delivering.models import InterfaceKey
from galleria.demo.sample_seller.server import SampleSeller
from galleria.kit.models import IdempotencyKey
from galleria.reviewing import services as reviewing
from galleria.selling.models import Application, Certification
from tests.api.conftest import Program, program
from tests.packages.connecting.test_domains import Site
from tests.packages.kit import hostile
from tests.packages.selling import making
from tests.packages.selling.conftest import agreements, nora, party, site  # noqa: F401 (fixtures)
from tests.people import NOW, Person, make_seller
from tests.shop import Shop

HERE = "/seller-application"


@pytest.fixture
def web() -> Iterator[Site]:
    """A seller's web server that shows the proof, or not."""
    running = Site()
    yield running
    running.server.shutdown()
    running.server.server_close()


@pytest.fixture
def desk(shop: Shop, server: SampleSeller) -> Any:
    """A SaaS product that Bruno's server delivers."""
    product = shop.product("Plainsong Helpdesk", monthly="49.00")
    shop.connect(product, server.address())
    return product


def content(data: bytes) -> str:
    return base64.b64encode(data).decode()


def document(field: str, name: str, data: bytes) -> dict[str, str]:
    return {"field": field, "name": name, "content": content(data)}


def fields(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The fields of an answer by their key."""
    return {each["key"]: each for section in told["sections"] for each in section["fields"]}


def done(answer: Any, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    found: dict[str, Any] = answer.json()
    return found


def filled(caller: Program, website: str, email: str) -> dict[str, Any]:
    """An application with everything in it."""
    done(caller.post(HERE))
    done(caller.post(f"{HERE}/documents", document("licence", "licence.pdf", hostile.pdf())))
    done(caller.post(f"{HERE}/documents", document("logo", "logo.png", hostile.picture())))
    return done(caller.put(HERE, {"values": {**making.TYPED, "contact_email": email, "website": website}}))


def accepted(told: dict[str, Any]) -> dict[str, Any]:
    return {"agreements": {each["key"]: each["version"] for each in told["agreements"]}}


# ----- registration -----


@pytest.mark.req("S-REG-001", "S-REG-002", "S-REG-003", "S-REG-T4")
def test_a_company_registers_is_returned_with_remarks_and_is_approved(
    nora: Person, olga: Person, site: str, agreements: Any, party: Any  # noqa: F811
) -> None:  # fmt: skip
    caller = program(nora)
    before = done(caller.get(HERE))
    assert (before["state"], [each["passed"] for each in before["checks"]]) == ("none", [True] * 6)
    begun = done(caller.post(HERE))
    assert (begun["state"], begun["version"]) == ("draft", 1)
    assert fields(begun)["city"]["problem"] == "This is needed."

    told = filled(caller, "berg.example", nora.user.email)
    wrong = {key: each["problem"] for key, each in fields(told).items() if each["problem"]}
    assert wrong == {"website": "Begin the address with https:// or http://."}
    assert told["contact_proven"] is True
    refused = caller.post(f"{HERE}/submit", accepted(told))
    assert (refused.status_code, set(refused.json()["fields"])) == (422, {"website"})
    told = done(caller.put(HERE, {"values": {"website": site}, "version": told["version"]}))
    late = caller.put(HERE, {"values": {"city": "Lund"}, "version": told["version"] - 1})
    assert (late.status_code, late.json()["code"]) == (409, "CHANGED_MEANWHILE")
    missing = caller.post(f"{HERE}/submit", {"agreements": {}})
    assert (missing.status_code, missing.json()["code"]) == (409, "AGREEMENT_NOT_ACCEPTED")
    assert done(caller.post(f"{HERE}/submit", accepted(told)))["state"] == "review"
    assert caller.put(HERE, {"values": {"city": "Lund"}}).status_code == 409
    assert done(caller.post(f"{HERE}/withdraw"))["state"] == "draft"
    assert done(caller.post(f"{HERE}/submit", accepted(told)))["state"] == "review"

    row = Application.objects.get()
    submission = making.submission_of(row.public_id)
    reviewing.remark(olga.actor, submission_id=submission.public_id, field="licence", text="Unreadable", at=NOW)
    making.give_back(olga, row.public_id, "One thing is missing.")
    told = done(caller.get(HERE))
    assert (told["state"], told["rounds"][0]["note"]) == ("rejected", "One thing is missing.")
    assert fields(told)["licence"]["remarks"] == ["Unreadable"]
    done(caller.post(f"{HERE}/documents", document("licence", "better.pdf", hostile.pdf())))
    done(caller.post(f"{HERE}/submit", accepted(told)))
    making.approve(olga, row.public_id)
    assert done(caller.get(HERE))["state"] == "approved"


def test_what_is_no_field_no_document_and_no_code_is_refused_by_its_name(nora: Person) -> None:  # noqa: F811
    caller = program(nora)
    assert caller.put(HERE, {"values": {"city": "Lund"}}).status_code == 404  # not begun
    done(caller.post(HERE))
    unknown = caller.put(HERE, {"values": {"town": "Lund", "company_name": "Other", "licence": "fil_x"}})
    assert (unknown.status_code, set(unknown.json()["fields"])) == (
        422, {"values.town", "values.company_name", "values.licence"}
    )  # fmt: skip
    program_named_picture = caller.post(f"{HERE}/documents", document("logo", "logo.png", b"MZ" + b"\0" * 300))
    assert (program_named_picture.status_code, set(program_named_picture.json()["fields"])) == (422, {"logo"})
    assert caller.post(f"{HERE}/documents", document("city", "a.pdf", hostile.pdf())).status_code == 404
    not_base64 = caller.post(f"{HERE}/documents", {"field": "logo", "name": "a.png", "content": "A"})
    assert set(not_base64.json()["fields"]) == {"content"}
    for _try in range(2):
        assert set(caller.post(f"{HERE}/contact-proof", {"code": "000000"}).json()["fields"]) == {"code"}


def test_wrong_codes_are_counted_although_they_are_refused(nora: Person) -> None:  # noqa: F811
    caller = program(nora)
    done(caller.post(HERE))
    done(caller.put(HERE, {"values": {"contact_email": "other@berg.example"}}))
    done(caller.post(f"{HERE}/contact-code"))

    assert caller.post(f"{HERE}/contact-proof", {"code": "abc"}).status_code == 422

    assert Application.objects.get().code_tries == 1


@pytest.mark.req("S-SUB-001", "S-REG-T1")
def test_only_the_owner_registers_and_a_key_needs_the_scope(nora: Person, xavier: Person) -> None:  # noqa: F811
    colleague = program(nora.colleague("Ben Ode", "BuyerAdmin"))
    for answer in (colleague.get(HERE), colleague.post(HERE), colleague.put(HERE, {"values": {}})):
        assert (answer.status_code, answer.json()["action"]) == (403, "owner")
    narrow = program(nora, "gallery:product:view").post(HERE)
    assert (narrow.status_code, narrow.json()["action"]) == (403, "iam:account:manage")
    person = program(xavier).post(HERE)
    assert (person.status_code, person.json()["failed"]) == (409, ["identity"])


def test_a_document_of_more_than_a_form_may_have_is_read(nora: Person) -> None:  # noqa: F811
    caller = program(nora)
    done(caller.post(HERE))
    large = hostile.pdf() + b"%" + b"x" * 200_000 + b"\n"
    answer = caller.post(f"{HERE}/documents", document("licence", "licence.pdf", large))
    assert answer.status_code != 413, answer.content
    body = {"values": {}, "filler": "x" * 70_000}
    assert caller.put(HERE, body).status_code == 413


# ----- certification -----


@pytest.mark.req("S-CER-T1", "S-CER-T2")
def test_a_seller_signs_is_certified_and_its_account_number_is_never_told(
    bruno: Person, olga: Person, agreements: Any, party: Any  # noqa: F811
) -> None:  # fmt: skip
    caller = program(bruno)
    (line,) = done(caller.get("/seller/certifications"))["items"]
    here = f"/seller/certifications/{line['party']}"
    assert line["state"] == "unsigned"
    early = caller.put(here, {"values": making.BANK})
    assert (early.status_code, "Sign with" in early.json()["detail"]) == (409, True)
    told = done(caller.get(here))
    assert caller.post(f"{here}/sign", {"agreements": {}}).json()["code"] == "AGREEMENT_NOT_ACCEPTED"
    assert done(caller.post(f"{here}/sign", accepted(told)))["state"] == "uncertified"

    bank = {**making.BANK, "account_name": "Somebody else", "swift": "X"}
    told = done(caller.put(here, {"values": bank}))
    wrong = {key for key, each in fields(told).items() if each["problem"]}
    assert wrong == {"account_name", "swift"}
    refused = caller.post(f"{here}/submit")
    assert (refused.status_code, set(refused.json()["fields"])) == (422, wrong)
    legal = bruno.seller.legal_name
    told = done(caller.put(here, {"values": {"account_name": legal, "swift": "HANDSESS"}}))
    assert fields(told)["account_number"]["value"] == "…7466"
    assert done(caller.post(f"{here}/submit"))["state"] == "review"
    assert done(caller.post(f"{here}/withdraw"))["state"] == "uncertified"
    done(caller.post(f"{here}/submit"))
    row = Certification.objects.get()
    making.approve(olga, row.public_id)
    told = done(caller.get(here))
    assert (told["state"], told["certified_at"]) == ("certified", "2027-03-01T09:00:00Z")
    assert row.bank_account == "" and Certification.objects.get().bank_account.endswith("7466")
    assert "0583" not in caller.get(here).content.decode()


def test_unknown_parties_and_fields_and_other_roles_are_refused(bruno: Person, ada: Person, party: Any) -> None:  # noqa: F811
    caller = program(bruno)
    for answer in (
        caller.get("/seller/certifications/cpa_nobody"),
        caller.post("/seller/certifications/cpa_nobody/sign", {"agreements": {}}),
        caller.put("/seller/certifications/cpa_nobody", {"values": {}}),
        caller.post("/seller/certifications/cpa_nobody/submit"),
    ):
        assert answer.status_code == 404
    here = f"/seller/certifications/{party.public_id}"
    assert set(caller.put(here, {"values": {"iban": "x"}}).json()["fields"]) == {"values.iban"}
    publisher = program(bruno.colleague("Pia Pub", "SellerPublisher"))
    assert publisher.get(here).json()["action"] == "seller:cert:manage"
    finance = program(bruno.colleague("Fia Fin", "SellerFinance"))
    signed = finance.post(f"{here}/sign", {"agreements": {}})
    assert (signed.status_code, signed.json()["action"]) == (403, "owner")
    assert program(ada).get(here).status_code == 403


# ----- application access -----


ORDER = (
    ("newInstance", ""), ("queryInstance", ""), ("refreshInstance", "RENEWAL"), ("updateInstanceStatus", "FREEZE"),
    ("updateInstanceStatus", "UNFREEZE"), ("upgradeInstance", ""), ("releaseInstance", ""),
)  # fmt: skip


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("A-ADR-001", "A-KEY-001")
def test_a_domain_is_proven_an_address_is_added_and_a_product_connected(
    bruno: Person, shop: Any, web: Site, at: Any
) -> None:
    caller = program(bruno)
    refused = caller.post("/seller/domains", {"origin": "https://a.example/path"})
    assert (refused.status_code, set(refused.json()["fields"])) == (422, {"origin"})
    made = done(caller.post("/seller/domains", {"origin": web.origin}), 201)
    here = f"/seller/domains/{made['id']}"
    early = caller.post(f"{here}/prove")
    assert (early.status_code, early.json()["code"]) == (409, "DOMAIN_NOT_PROVEN")
    assert caller.post("/seller/addresses", {"domain": made["id"], "path": "/saas"}).status_code == 409
    assert "HTTP status 404" in done(caller.get(here))["problem"]
    assert made["proof"]["file_url"] == f"{web.origin}/.well-known/galleria-address.txt"
    web.text = made["proof"]["file_content"]
    assert done(caller.post(f"{here}/prove"))["state"] == "proven"

    bad = caller.post("/seller/addresses", {"domain": made["id"], "path": "/a b"})
    assert (bad.status_code, set(bad.json()["fields"])) == (422, {"path"})
    address = done(caller.post("/seller/addresses", {"domain": made["id"], "path": "/saas"}), 201)
    assert (address["url"], address["state"]) == (f"{web.origin}/saas", "verified")
    there = f"/seller/addresses/{address['id']}"
    changed = done(caller.put(there, {"require_body_sign": True, "signature_variant": "seconds"}))
    assert (changed["require_body_sign"], changed["signature_variant"], changed["key_kind"]) == (
        True,
        "seconds",
        "base",
    )
    assert caller.put(there, {"signature_variant": "other"}).status_code == 422
    product = shop.product("Helpdesk", monthly="49.00")
    bound = done(caller.post(f"{there}/products", {"product": product.public_id}))
    assert [each["slug"] for each in bound["products"]] == [product.slug]
    assert caller.delete(there).status_code == 409
    assert caller.delete(here).status_code == 409
    assert caller.post(f"{there}/products", {"product": "prd_nobody"}).status_code == 404


@pytest.mark.req("A-KEY-001")
def test_a_key_is_made_once_shown_with_a_record_and_withdrawn_while_it_waits(bruno: Person) -> None:
    caller = program(bruno)
    first = caller.post("/seller/interface-keys", {"kind": "base"}, key="mine")
    again = caller.post("/seller/interface-keys", {"kind": "base"}, key="mine")
    made = done(first, 201)
    assert (again.json(), again["Idempotency-Replayed"]) == (made, "true")
    value = done(caller.post(f"/seller/interface-keys/{made['id']}/value", key="look"))["value"]
    assert str(InterfaceKey.objects.get().value) == value
    assert value not in str(list(IdempotencyKey.objects.values_list("answer", flat=True)))
    text = done(caller.post(f"/seller/interface-keys/{made['id']}/value", {"form": "base64"}))["value"]
    assert base64.b64decode(text).decode() == value
    assert AuditRecord.objects.filter(sentence="interface_key.shown").count() == 2
    assert value not in caller.get("/seller/interface-keys").content.decode()

    past = caller.post("/seller/interface-keys", {"kind": "base", "active_from": "2020-01-01T00:00:00Z"})
    assert set(past.json()["fields"]) == {"active_from"}
    assert caller.post("/seller/interface-keys", {"kind": "base", "active_from": "soon"}).status_code == 422
    later = done(caller.post("/seller/interface-keys", {"kind": "base", "active_from": "2027-03-05T00:00:00Z"}), 201)
    kinds = {each["kind"]: each for each in done(caller.get("/seller/interface-keys"))["items"]}
    assert (kinds["base"]["current"]["id"], kinds["base"]["following"]["id"]) == (made["id"], later["id"])
    assert caller.delete(f"/seller/interface-keys/{made['id']}").status_code == 409
    assert caller.delete(f"/seller/interface-keys/{later['id']}").status_code == 204
    stranger = program(make_seller("Sam Sell"))
    assert stranger.post(f"/seller/interface-keys/{made['id']}/value").status_code == 404
    delivery = program(bruno.colleague("Dan Del", "SellerDelivery"))
    told = delivery.post(f"/seller/interface-keys/{made['id']}/value").json()
    assert told["action"] == "seller:key:manage"


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("A-DBG-001", "A-DBG-002", "A-DBG-003", "A-DBG-004", "A-DIA-004")
def test_every_activity_is_debugged_saved_repeated_and_forgotten(bruno: Person, desk: Any, server: Any) -> None:
    caller = program(bruno)
    (address,) = done(caller.get("/seller/addresses"))["items"]
    here = f"/seller/addresses/{address['id']}"
    presets = {each["name"]: each["value"] for each in done(caller.get(f"{here}/presets"))["items"]}
    assert presets["orderId"] == "CS1906666666ABCDE"
    assert done(caller.get(f"{here}/cases"))["missing"][0] == "newInstance"
    unknown = caller.post(f"{here}/calls", {"activity": "makeCoffee"})
    assert (unknown.status_code, set(unknown.json()["fields"])) == (422, {"activity"})
    long = caller.post(f"{here}/calls", {"activity": "newInstance", "values": {"orderId": "x" * 65}})
    assert (long.status_code, set(long.json()["fields"])) == (422, {"orderId"})
    server.faults.add({"times": 1, "do": "long_instance"})
    failed = done(caller.post(f"{here}/calls", {"activity": "newInstance", "save": True}))
    assert (failed["passed"], failed["problem"], failed["case"]) == (
        False, "instanceId has 65 characters, the limit is 64", None
    )  # fmt: skip

    for activity, variant in ORDER:
        told = done(caller.post(f"{here}/calls", {"activity": activity, "variant": variant, "save": True}))
        assert (told["passed"], told["case"]["activity"]) == (True, activity), told
    cases = done(caller.get(f"{here}/cases"))
    assert [each["activity"] for each in cases["items"]] == [activity for activity, _variant in ORDER]
    assert cases["missing"] == []
    again = done(caller.post(f"{here}/replay"))
    assert (again["passed"], len(again["items"])) == (True, 7)
    gone = cases["items"][0]["id"]
    assert program(make_seller("Sam Sell")).delete(f"/seller/debugging-cases/{gone}").status_code == 404
    assert caller.delete(f"/seller/debugging-cases/{gone}").status_code == 204
    assert done(caller.get(f"{here}/cases"))["missing"] == ["newInstance"]
    publisher = program(bruno.colleague("Pia Pub", "SellerPublisher"))
    assert publisher.post(f"{here}/replay").json()["action"] == "seller:delivery:act"


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("A-DBG-004")
def test_a_server_that_signs_otherwise_is_diagnosed(bruno: Person, desk: Any, server: Any) -> None:
    caller = program(bruno)
    other = done(caller.post("/seller/interface-keys", {"kind": "license"}), 201)
    (address,) = done(caller.get("/seller/addresses"))["items"]
    here = f"/seller/addresses/{address['id']}"
    done(caller.put(here, {"key_kind": other["kind"], "sure": True}))
    told = done(caller.post(f"{here}/calls", {"activity": "newInstance"}))
    assert (told["passed"], told["refused_signature"]) == (False, True)
    found = done(caller.post(f"{here}/diagnosis", {"activity": "newInstance"}))
    assert (found["variant"], found["key_kind"]) == ("", "base")
