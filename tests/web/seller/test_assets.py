"""The seller's asset pages: lists, adding, versions, uploads, reports, proofs (S6)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from galleria.assets import rules, services
from galleria.assets.models import Asset, AssetVersion, Upload
from galleria.kit import jobs
from galleria.reviewing import services as reviewing
from galleria.reviewing.models import Submission
from tests.packages.assets.conftest import Site, site  # noqa: F401  a fixture
from tests.packages.kit import hostile
from tests.people import Person, make_seller

SITE = {
    "kind": "saas_site", "name": "Console", "address": "https://app.fernwerk.example/login", "login_mode": "password",
    "consent": "yes", "checklist": list(rules.CHECKLIST),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _quiet(settings: Any) -> None:
    settings.GALLERIA_CLAMAV = "off"
    settings.GALLERIA_IMAGE_SOURCE = "demo"


@pytest.fixture
def version(bruno: Person, at: Any) -> AssetVersion:
    return services.add_asset(bruno.actor, kind="package", name="Backup", at=at).versions.get()


def base(version: AssetVersion) -> str:
    return f"/seller/assets/{version.asset.public_id}/versions/{version.public_id}"


def page(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, response.content[:500]
    return str(response.content.decode())


def package(data: bytes | None = None, name: str = "app.zip") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, hostile.zipped({"app": b"x"}) if data is None else data)


# ----- lists and adding -----


@pytest.mark.req("S-AST-001")
def test_the_empty_list_says_what_will_be_here(bruno: Person) -> None:
    text = page(bruno.client, "/seller/assets")

    assert "No assets yet" in text
    assert 'href="/seller/assets/new"' in text
    assert "Nothing was scanned yet" in page(bruno.client, "/seller/assets/requests")


@pytest.mark.req("S-AST-001", "S-AST-003")
def test_a_package_is_added_uploaded_scanned_and_approved_by_hand_without_scripts(
    bruno: Person, olga: Person, at: Any
) -> None:
    assert "Application package" in page(bruno.client, "/seller/assets/new")
    answer = bruno.client.post("/seller/assets/new", {"kind": "package", "name": "Backup", "label": "V1.0"})
    path = answer["Location"]
    version = AssetVersion.objects.get()
    assert path == base(version)
    assert "Choose the file" in page(bruno.client, path)

    text = bruno.client.post(f"{path}/file", {"file": package()}, follow=True).content.decode()
    assert "The file is here" in text
    assert "Have it scanned" in text
    text = bruno.client.post(f"{path}/scan", follow=True).content.decode()
    assert "The scan has begun" in text
    assert f'hx-get="{path}?step=1"' in text
    jobs.run_due(with_crons=False)
    text = page(bruno.client, path)
    assert "is looked at by a person" in text
    assert "A person looks" in text

    reviewing.approve(olga.actor, submission_id=Submission.objects.get().public_id, at=at)
    text = page(bruno.client, path)
    assert "Entered by hand: Olga Lind" in text
    assert "Another file needs a new version." in text
    assert "Approved" in page(bruno.client, "/seller/assets")
    assert "Backup V1.0" in page(bruno.client, "/seller/assets/requests?state=approved")
    assert "None in this state" in page(bruno.client, "/seller/assets/requests?state=rejected")


@pytest.mark.req("S-AST-001")
def test_a_rejected_version_shows_its_findings_and_the_report_can_be_downloaded(
    bruno: Person, version: AssetVersion, at: Any
) -> None:
    services.give_file(
        bruno.actor, version_id=version.public_id, upload=package(hostile.zipped({"../up": b"x"})), at=at
    )
    services.submit_version(bruno.actor, version_id=version.public_id, at=at)
    jobs.run_due(with_crons=False)
    text = page(bruno.client, base(version))

    assert "Rejected: A name leads out of the folder" in text
    assert "../up" in text
    scan = version.scans.get()
    report = bruno.client.get(f"/seller/assets/scans/{scan.public_id}/report")
    assert report["Content-Disposition"] == f'attachment; filename="{scan.public_id}.txt"'
    assert "[high] A name leads out of the folder that the archive is unpacked into. ../up" in report.content.decode()
    data = json.loads(bruno.client.get(f"/seller/assets/scans/{scan.public_id}/report?format=json").content)
    assert (data["state"], data["findings"][0]["code"]) == ("failed", "path")


def test_the_result_stops_asking_when_it_is_there(bruno: Person, version: AssetVersion, at: Any) -> None:
    services.give_file(bruno.actor, version_id=version.public_id, upload=package(), at=at)
    services.submit_version(bruno.actor, version_id=version.public_id, at=at)
    ask = {"HX-Request": "true"}
    first = bruno.client.get(f"{base(version)}?step=3", headers=ask)
    assert "delay:2s" in first.content.decode()
    assert "<html" not in first.content.decode()
    jobs.run_due(with_crons=False)
    last = bruno.client.get(f"{base(version)}?step=4", headers=ask)
    assert (last.status_code, last["HX-Refresh"]) == (204, "true")


@pytest.mark.req("S-AST-004")
def test_nothing_typed_is_lost_when_a_site_is_refused(bruno: Person) -> None:
    answer = bruno.client.post("/seller/assets/new", {**SITE, "consent": "", "checklist": ["uploads"]})
    text = answer.content.decode()

    assert answer.status_code == 422
    assert "The site can be scanned only with your consent." in text
    assert "Check every point of the list yourself and tick it." in text
    assert 'value="https://app.fernwerk.example/login"' in text
    assert text.count(" checked>") == 2  # the sign-in and the ticked point
    assert Asset.objects.count() == 0


@pytest.mark.req("S-AST-004")
def test_a_site_is_proved_by_its_file_and_scanned(bruno: Person, site: Site, at: Any) -> None:  # noqa: F811
    answer = bruno.client.post("/seller/assets/new", {**SITE, "address": site.login})
    path = answer["Location"]
    row = Asset.objects.get()
    text = page(bruno.client, path)
    assert "Show that the site is yours" in text
    assert "Have it scanned" not in text
    given = bruno.client.get(f"{path}/proof")
    assert given["Content-Disposition"] == f'attachment; filename="{rules.proof_name(row.token)}"'

    text = bruno.client.post(f"{path}/verify", follow=True).content.decode()
    assert "Not found yet." in text
    site.pages[f"/{rules.proof_name(row.token)}"] = (200, {}, given.content)
    text = bruno.client.post(f"{path}/verify", follow=True).content.decode()
    assert "The site is yours" in text
    bruno.client.post(f"{base(row.versions.get())}/scan")
    jobs.run_due(with_crons=False)
    assert "Encryption, headers, cookies, redirects" in page(bruno.client, base(row.versions.get()))


@pytest.mark.req("S-IMG-T1", "S-IMG-002", "S-IMG-001")
def test_the_picker_shows_images_and_why_some_cannot_be_used(bruno: Person) -> None:
    answer = bruno.client.post("/seller/assets/new", {"kind": "image", "name": "Server", "label": "V1.0"})
    path = answer["Location"]
    assert "Choose the image" in page(bruno.client, path)
    text = page(bruno.client, f"{path}/edit")
    assert "These images are made up" in text
    assert text.count(" disabled") == 6
    assert "it was not built from a public base image." in text

    image = f"img-demo-{bruno.account.public_id[-6:]}-01"
    bad = bruno.client.post(f"{path}/edit", {"label": "V1.0", "image_id": image, "regions": ["dublin"]})
    assert "needs the right to copy the image" in bad.content.decode()
    assert f'value="{image}" checked' in bad.content.decode()
    done = bruno.client.post(
        f"{path}/edit", {"label": "V1.0", "image_id": image, "regions": ["dublin"], "agency": "yes"}, follow=True
    )
    assert "This image is made up" in done.content.decode()
    assert "Dublin" in done.content.decode()


# ----- changing and deleting -----


def test_an_asset_is_renamed_gets_versions_and_is_deleted(bruno: Person, version: AssetVersion) -> None:
    path = f"/seller/assets/{version.asset.public_id}"
    assert "Saved." in bruno.client.post(f"{path}/edit", {"name": "Renamed"}, follow=True).content.decode()
    assert bruno.client.post(f"{path}/edit", {"name": "A\u200bB"}).status_code == 422
    second = bruno.client.post(f"{path}/versions/new", {"label": "V2.0", "note": "Faster"})["Location"]
    assert "Faster" in page(bruno.client, second)
    assert bruno.client.post(f"{path}/versions/new", {"label": "newest"}).status_code == 422
    page(bruno.client, f"{second}/delete")
    assert "Renamed V2.0 is deleted." in bruno.client.post(f"{second}/delete", follow=True).content.decode()
    assert page(bruno.client, second, 404)
    assert "Renamed is deleted." in bruno.client.post(f"{path}/delete", follow=True).content.decode()
    assert page(bruno.client, path, 404)


@pytest.mark.req("S-AST-T2")
def test_what_a_product_uses_stays_and_the_page_says_why(
    bruno: Person, version: AssetVersion, monkeypatch: Any
) -> None:
    from galleria.assets import ports

    monkeypatch.setattr(ports, "_users", [lambda ids: {i: [("prd_backup", "Backup Pro")] for i in ids}])
    assert "It cannot be deleted while a released product uses it." in page(bruno.client, base(version))
    answer = bruno.client.post(f"{base(version)}/delete")
    assert (answer.status_code, "It is delivered with Backup Pro." in answer.content.decode()) == (409, True)
    assert AssetVersion.objects.get().state == "draft"


# ----- uploads -----


@pytest.mark.req("S-AST-003")
@pytest.mark.django_db(transaction=True)
def test_an_upload_in_pieces_goes_on_where_it_stopped(bruno: Person, version: AssetVersion) -> None:
    data = hostile.zipped({f"f{n}": bytes([n]) * 500 for n in range(5)}, 0)
    begun = bruno.client.post(f"{base(version)}/uploads", {"name": "app.zip", "size": len(data)})
    told = begun.json()
    assert (begun.status_code, told["offset"], told["size"]) == (201, 0, len(data))
    url = f"/seller/assets/uploads/{told['id']}"

    assert bruno.client.put(f"{url}?offset=0", data[:1000]).json()["offset"] == 1000
    wrong = bruno.client.put(f"{url}?offset=0", data[:1000])
    assert (wrong.status_code, wrong.json()["offset"]) == (409, 1000)
    assert "An upload stopped: app.zip" in page(bruno.client, base(version))
    assert bruno.client.get(url).json()["offset"] == 1000
    last = bruno.client.put(f"{url}?offset=1000", data[1000:]).json()
    assert (last["offset"], last["state"]) == (len(data), "taken")
    assert AssetVersion.objects.get().file.size == len(data)


@pytest.mark.req("S-AST-003")
@pytest.mark.parametrize(
    ("name", "size", "words"),
    [("my app.zip", "9", "Name the file"), ("a.zip", "0", "empty"), ("a.zip", "many", "empty"),
     ("a.zip", str(2 * 1024**3), "object storage"), ("a.zip", str(21 * 1024**3), "at most 20 GB")],
)  # fmt: skip
def test_what_cannot_be_taken_is_said_before_a_byte_is_sent(
    bruno: Person, version: AssetVersion, name: str, size: str, words: str
) -> None:
    answer = bruno.client.post(f"{base(version)}/uploads", {"name": name, "size": size})

    assert (answer.status_code, words in answer.json()["problem"]) == (422, True)
    assert Upload.objects.count() == 0


def test_an_upload_can_be_forgotten(bruno: Person, version: AssetVersion) -> None:
    told = bruno.client.post(f"{base(version)}/uploads", {"name": "a.zip", "size": 5}).json()
    bruno.client.post(f"/seller/assets/uploads/{told['id']}/stop")
    assert bruno.client.put(f"/seller/assets/uploads/{told['id']}?offset=0", b"x").status_code == 409


@pytest.mark.parametrize("name", ["app.zip.exe", "my app.zip", "app.rar"])
def test_a_form_without_a_usable_file_says_so(bruno: Person, version: AssetVersion, name: str) -> None:
    text = bruno.client.post(f"{base(version)}/file", {"file": package(name=name)}, follow=True).content.decode()
    assert "Name the file with letters" in text
    assert "Choose a file first." in bruno.client.post(f"{base(version)}/file", follow=True).content.decode()
    text = bruno.client.post(f"{base(version)}/file", {"file": package(hostile.pdf())}, follow=True).content.decode()
    assert "The file holds PDF; only ZIP, TAR, TAR.GZ can be used." in text


def test_forged_requests_are_refused(bruno: Person, version: AssetVersion) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(bruno.user, backend="django.contrib.auth.backends.ModelBackend")
    told = bruno.client.post(f"{base(version)}/uploads", {"name": "a.zip", "size": 5}).json()

    assert client.put(f"/seller/assets/uploads/{told['id']}?offset=0", b"12345").status_code == 403
    assert client.post(f"{base(version)}/scan").status_code == 403


# ----- who -----


@pytest.mark.req("S-AST-001")
def test_another_seller_gets_not_found_everywhere(bruno: Person, version: AssetVersion, at: Any) -> None:
    mallory = make_seller("Mallory Quinn").client
    services.give_file(bruno.actor, version_id=version.public_id, upload=package(), at=at)
    services.submit_version(bruno.actor, version_id=version.public_id, at=at)
    upload = Upload.objects.create(version=version, name="a.zip", size=5, created_at=at, changed_at=at)
    asset = f"/seller/assets/{version.asset.public_id}"
    gets = [asset, f"{asset}/edit", f"{asset}/delete", f"{asset}/proof", f"{asset}/versions/new", base(version),
            f"{base(version)}/edit", f"{base(version)}/delete", f"/seller/assets/uploads/{upload.public_id}",
            f"/seller/assets/scans/{version.scans.get().public_id}/report",
            f"/files/{AssetVersion.objects.get().file.public_id}"]  # fmt: skip
    posts = [f"{asset}/edit", f"{asset}/delete", f"{asset}/verify", f"{asset}/versions/new", f"{base(version)}/edit",
             f"{base(version)}/scan", f"{base(version)}/delete", f"{base(version)}/file", f"{base(version)}/uploads",
             f"/seller/assets/uploads/{upload.public_id}/stop"]  # fmt: skip
    assert {path: mallory.get(path).status_code for path in gets} == dict.fromkeys(gets, 404)
    assert {path: mallory.post(path, {"name": "x", "label": "V3.0"}).status_code for path in posts} == dict.fromkeys(
        posts, 404
    )
    assert mallory.put(f"/seller/assets/uploads/{upload.public_id}?offset=0", b"x").status_code == 404


def test_a_version_is_not_shown_under_another_asset(bruno: Person, version: AssetVersion, at: Any) -> None:
    other = services.add_asset(bruno.actor, kind="package", name="Other", at=at)
    page(bruno.client, f"/seller/assets/{other.public_id}/versions/{version.public_id}", 404)


def test_a_colleague_who_may_only_look_sees_why_the_button_is_off(
    bruno: Person, version: AssetVersion, monkeypatch: Any
) -> None:
    from galleria.parties import permissions

    role = permissions.Role("SellerViewer", "seller", "", "", frozenset({"seller:product:view"}))
    monkeypatch.setitem(permissions.ROLES, "SellerViewer", role)
    viewer = bruno.colleague("Vera", "SellerViewer").client
    text = page(viewer, "/seller/assets")

    assert "You need the right to upload assets and have them scanned." in text
    page(viewer, base(version))
    assert viewer.get("/seller/assets/new").status_code == 403
    assert viewer.post(f"{base(version)}/scan").status_code == 403


def test_buyers_have_no_assets_and_visitors_sign_in(ada: Person, visitor: Any, bruno: Person) -> None:
    assert ada.client.get("/seller/assets").status_code == 403
    assert visitor.get("/seller/assets").status_code == 302


# ----- results by hand -----


@pytest.mark.req("S-AST-005", "S-AST-T1")
@pytest.mark.parametrize(("score", "state"), [("6.9", "approved"), ("7.0", "rejected")])
def test_operations_enter_a_result_with_scores(
    bruno: Person, olga: Person, version: AssetVersion, at: Any, score: str, state: str
) -> None:
    path = f"/operator/assets/{version.public_id}/result"
    assert olga.client.get(path).status_code == 404  # nothing waits yet
    services.give_file(bruno.actor, version_id=version.public_id, upload=package(), at=at)
    services.submit_version(bruno.actor, version_id=version.public_id, at=at)
    jobs.run_due(with_crons=False)
    assert "Known vulnerabilities" in page(olga.client, path)
    bad = olga.client.post(path, {"title": ["Old library"], "cvss": ["severe"], "note": "Kept"})
    assert (bad.status_code, 'value="Old library"' in bad.content.decode()) == (422, True)

    answer = olga.client.post(path, {"title": ["Old library", ""], "cvss": [score, ""]}, follow=True)
    assert f"Backup V1.0 is {state}." in answer.content.decode()
    assert AssetVersion.objects.get().state == state
    assert "Entered by hand: Olga Lind" in page(bruno.client, base(version))
    assert bruno.client.get(path).status_code == 403
