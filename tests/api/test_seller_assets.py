"""Assets by program: from an empty account to an approved version."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from galleria.assets import rules, services
from galleria.kit import jobs
from tests.api.conftest import program
from tests.packages.kit import hostile
from tests.people import Person


@pytest.fixture(autouse=True)
def _quiet(settings: Any) -> None:
    settings.GALLERIA_IMAGE_SOURCE = "demo"


@pytest.mark.req("S-AST-001", "S-AST-003")
@pytest.mark.django_db(transaction=True)
def test_a_package_is_added_sent_in_pieces_scanned_and_approved(bruno: Person, olga: Person, at: Any) -> None:
    caller = program(bruno)
    made = caller.post("/seller/assets", {"kind": "package", "name": "Backup"})
    assert made.status_code == 201, made.content
    version = made.json()["versions"][0]["id"]
    data = hostile.zipped({"app": b"x" * 3000}, 0)
    upload = caller.post(f"/seller/asset-versions/{version}/uploads", {"name": "app.zip", "size": len(data)}).json()
    url = f"/seller/asset-uploads/{upload['id']}"
    for begin in range(0, len(data), 1000):
        piece = base64.b64encode(data[begin : begin + 1000]).decode()
        answer = caller.ask("PUT", url, {"offset": begin, "content": piece})
        assert answer.status_code == 200, answer.content
    again = caller.ask("PUT", url, {"offset": 0, "content": "AAAA"})
    assert again.status_code == 409
    assert caller.get(url).json()["state"] == "taken"

    assert caller.post(f"/seller/asset-versions/{version}/scan", {}).json()["state"] == "scanning"
    jobs.run_due(with_crons=False)
    services.enter_result(olga.actor, version_id=version, findings=[("Old library", "6.9")], at=at)
    told = caller.get(f"/seller/asset-versions/{version}").json()
    assert (told["state"], told["by_hand"], told["file"]["name"]) == ("approved", True, "app.zip")
    assert told["report"]["findings"][0]["cvss"] == "6.9"
    assert caller.get("/seller/assets").json()["items"][0]["approved_version"] == "V1.0"


def test_a_piece_that_does_not_follow_says_where_to_go_on(bruno: Person, at: Any) -> None:
    caller = program(bruno)
    asset = services.add_asset(bruno.actor, kind="package", name="x", at=at)
    path = f"/seller/asset-versions/{asset.versions.get().public_id}/uploads"
    upload = caller.post(path, {"name": "a.zip", "size": 10}).json()
    answer = caller.ask("PUT", f"/seller/asset-uploads/{upload['id']}", {"offset": 3, "content": "AAAA"})

    assert (answer.status_code, answer.json()["code"], answer.json()["offset"]) == (409, "WRONG_OFFSET", 0)
    bad = caller.ask("PUT", f"/seller/asset-uploads/{upload['id']}", {"offset": 0, "content": "A"})
    assert (bad.status_code, "content" in str(bad.json())) == (422, True)
    assert caller.post(path, {"name": "my app.zip", "size": 10}).status_code == 422


@pytest.mark.req("S-AST-004", "S-AST-T3")
def test_sites_are_added_with_their_proof_and_five_are_the_most(bruno: Person) -> None:
    caller = program(bruno)
    site = {"kind": "saas_site", "name": "Console", "login_mode": "password", "consent": True,
            "checklist": list(rules.CHECKLIST)}  # fmt: skip
    first = caller.post("/seller/assets", {**site, "address": "http://127.0.0.1:9/login"}).json()
    assert first["proof"]["content"] == f"galleria-site={first['proof']['content'][14:-1]}\n"
    assert first["proof"]["name"].startswith("galleria-site-")
    seen = caller.post(f"/seller/assets/{first['id']}/verify", {}).json()
    assert (seen["verified_at"], "no connection" in seen["verify_problem"]) == (None, True)
    for number in range(4):
        assert caller.post("/seller/assets", {**site, "address": f"http://127.0.0.1:9/{number}"}).status_code == 201
    sixth = caller.post("/seller/assets", {**site, "address": "http://127.0.0.1:9/six"})
    assert (sixth.status_code, sixth.json()["code"]) == (409, "TOO_MANY_SITES")
    assert (
        caller.post("/seller/assets", {**site, "consent": False, "address": "http://127.0.0.1:9/x"}).status_code == 422
    )


@pytest.mark.req("S-IMG-001", "S-IMG-T1")
def test_images_are_listed_with_reasons_and_chosen(bruno: Person) -> None:
    caller = program(bruno)
    listed = caller.get("/seller/asset-images").json()
    usable = [each for each in listed["items"] if not each["reasons"]]
    assert (listed["is_demo"], len(listed["items"]), len(usable)) == (True, 8, 2)
    asset = caller.post("/seller/assets", {"kind": "image", "name": "Server"}).json()
    version = asset["versions"][0]["id"]
    chosen = {"version": "V1.0", "image_id": usable[0]["id"], "regions": ["dublin"], "agency": True}
    answer = caller.ask("PUT", f"/seller/asset-versions/{version}", chosen)
    assert (answer.status_code, answer.json()["image"]["regions"]) == (200, ["dublin"])
    bad = next(each["id"] for each in listed["items"] if each["reasons"] == ["encrypted"])
    assert caller.ask("PUT", f"/seller/asset-versions/{version}", {**chosen, "image_id": bad}).status_code == 422


def test_a_write_that_is_repeated_adds_one_asset(bruno: Person) -> None:
    caller = program(bruno)
    body = {"kind": "package", "name": "Once"}
    first = caller.ask("POST", "/seller/assets", body, key="a-key-of-mine")
    second = caller.ask("POST", "/seller/assets", body, key="a-key-of-mine")

    assert first.json()["id"] == second.json()["id"]
    assert len(caller.get("/seller/assets").json()["items"]) == 1
