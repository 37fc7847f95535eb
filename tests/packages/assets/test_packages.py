"""Application packages: scanned, approved or rejected, replaced, deleted (S-AST-001, 003, 005)."""

from __future__ import annotations

import json
import stat
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from galleria.assets import ports, reports, rules, selectors, services
from galleria.assets.models import Asset, AssetVersion, Scan
from galleria.assets.services import keeping, scanning
from galleria.assets.services.refusals import AssetInUse, NotReady, ScanRunning
from galleria.assets.states import VERSION
from galleria.audit.models import AuditRecord
from galleria.kit import clock, files, jobs
from galleria.kit.errors import Invalid, NotAllowed, NotFound, PermissionMissing, Refused
from galleria.kit.files import antivirus
from galleria.notifying.models import Message
from galleria.publishing import uses
from galleria.reviewing import services as reviewing
from galleria.reviewing.models import Submission
from tests.packages.kit import hostile
from tests.people import Person

KEY = b"-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA" + b"q7" * 60 + b"\n-----END RSA PRIVATE KEY-----\n"


@pytest.fixture
def scanner(tmp_path: Path, settings: Any) -> Any:
    """The operator's own scanner: a program that prints what a test wants."""

    def install(answer: Any, code: int = 0) -> None:
        program = tmp_path / "scan"
        text = answer if isinstance(answer, str) else json.dumps(answer)
        program.write_text(f"#!{sys.executable}\nimport sys\nprint({text!r})\nsys.exit({code})\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        settings.GALLERIA_ASSET_SCANNER = str(program)

    return install


def findings(version: AssetVersion) -> dict[str, str]:
    scan = version.scans.first()
    assert scan is not None
    return {data["code"]: data["severity"] for data in scan.findings}


def everything(*cvss: str) -> dict[str, Any]:
    return {
        "checked": ["virus", "vulnerabilities"],
        "findings": [{"id": f"CVE-2031-{n}", "title": "hole", "cvss": score} for n, score in enumerate(cvss)],
    }


# ----- states -----


@pytest.mark.req("S-AST-001")
def test_the_states_have_no_dead_ends() -> None:
    assert VERSION.problems(["draft", "scanning", "approved", "rejected", "deleted"]) == []
    assert VERSION.allowed("scanning") == ["pass", "fail", "break_off"]


@pytest.mark.req("S-AST-001")
def test_a_scan_that_breaks_for_good_gives_the_version_back_with_the_reason(
    package: Any, bruno: Person, at: Any, monkeypatch: Any
) -> None:
    version = package()
    services.submit_version(bruno.actor, version_id=version.public_id, at=at)
    for attempt in range(5):
        with monkeypatch.context() as broken:
            broken.setattr(scanning, "record", lambda *_a, **_k: 1 / 0)  # the database is away
            jobs.run_due(with_crons=False)
        version.refresh_from_db()
        assert version.state == ("draft" if attempt == 4 else "scanning")
        clock.advance(timedelta(hours=1))

    scan = version.scans.get()
    assert (scan.state, scan.finished_at is not None) == ("broken", True)
    assert version.reason == "The scan broke off, and not because of your asset. Have it scanned again."
    page = bruno.client.get(selectors.page_of(version)).content.decode()
    assert version.reason in page
    said = AuditRecord.objects.get(sentence="asset.scan_broken")
    assert (said.object_id, said.account_id) == (version.public_id, bruno.account.public_id)
    jobs.run_due(with_crons=False, raise_errors=True)
    told = Message.objects.get(key="asset.broken")
    assert told.user == bruno.user
    # The job may be retried by operations: nothing is scanned twice. The seller has it scanned again.
    services.run_scan(scan.public_id)
    assert services.submit_version(bruno.actor, version_id=version.public_id, at=at).state == "scanning"


@pytest.mark.req("S-AST-001")
def test_words_of_a_version_do_not_undo_what_others_write(
    package: Any, bruno: Person, at: Any, monkeypatch: Any
) -> None:
    version = package()
    texts = keeping._version_texts

    def meanwhile(label: str, note: str) -> dict[str, str]:
        AssetVersion.objects.filter(pk=version.pk).update(state="rejected", reason="Too old.")
        return texts(label, note)

    monkeypatch.setattr(keeping, "_version_texts", meanwhile)
    services.edit_version(bruno.actor, version_id=version.public_id, label="V1.1", note="Faster", at=at)

    version.refresh_from_db()
    assert (version.label, version.note, version.state, version.reason) == ("V1.1", "Faster", "rejected", "Too old.")


@pytest.mark.req("S-AST-003")
def test_names_that_no_database_takes_are_stored_as_far_as_they_can_be_read(
    package: Any, bruno: Person, at: Any
) -> None:
    names = ("../" + "x" * 120 + "\x00.py", "../half\udcff.py", "app/" + "y" * 5000 + "\x00.py")
    data = hostile.tarred(dict.fromkeys(names, KEY), mode="w")
    version = package(data, name="app.tar")
    services.submit_version(bruno.actor, version_id=version.public_id, at=at)
    jobs.run_due(with_crons=False, raise_errors=True)

    scan = version.scans.get()
    places = {finding["where"] for finding in scan.findings}
    assert scan.state == "failed"
    assert places >= {"../" + "x" * 120 + "\ufffd.py", "../half\ufffd.py", "app/" + "y" * 295 + "…"}
    assert max(len(place) for place in places) == 300
    assert not any("\x00" in place or "\udcff" in place for place in places)


@pytest.mark.req("S-AST-001", "S-AST-003")
def test_a_package_is_approved_when_every_check_passes(package: Any, scanned: Any, scanner: Any, bruno: Person) -> None:
    scanner(everything("6.9"))
    version = scanned(package())

    assert (version.state, version.is_by_hand, version.file.scan) == ("approved", False, "clean")
    assert [asset.name for asset in selectors.approved_assets(bruno.actor, "package")] == ["Backup"]
    assert selectors.approved_assets(bruno.actor, "package")[0].approved == [version]
    assert selectors.asset_version_of(version.public_id) == version
    said = AuditRecord.objects.filter(object_id=version.public_id).values_list("sentence", flat=True)
    assert set(said) == {"asset.version_uploaded", "asset.version_submitted", "asset.version_approved"}


@pytest.mark.req("S-AST-T1", "S-AST-003")
@pytest.mark.parametrize(
    ("cvss", "state"), [("6.8", "approved"), ("6.9", "approved"), ("7.0", "rejected"), ("7.1", "rejected")]
)
def test_a_vulnerability_of_seven_rejects_and_one_of_six_point_nine_passes(
    package: Any, scanned: Any, scanner: Any, cvss: str, state: str
) -> None:
    scanner(everything("3.0", cvss))

    assert scanned(package()).state == state


@pytest.mark.req("S-AST-001")
def test_a_rejected_version_is_fixed_and_submitted_again(
    package: Any, scanned: Any, scanner: Any, bruno: Person, at: Any
) -> None:
    scanner(everything("9.8"))
    version = scanned(package())
    assert (version.state, version.reason) == ("rejected", "hole")
    report = reports.as_text(version.scans.first())
    assert "[critical CVSS 9.8] hole" in report
    assert json.loads(reports.as_json(version.scans.first()))["findings"][0]["rejects"] is True

    scanner(everything())
    services.give_file(
        bruno.actor, version_id=version.public_id, upload=_file("app.zip", hostile.zipped({"a": b"b"})), at=at
    )
    assert scanned(AssetVersion.objects.get(pk=version.pk)).state == "approved"
    assert [scan.state for scan in selectors.scans_of(version)] == ["passed", "failed"]


@pytest.mark.req("S-AST-001")
def test_older_approved_versions_stay_usable_while_a_new_one_is_scanned(
    package: Any, scanned: Any, scanner: Any, bruno: Person, at: Any
) -> None:
    scanner(everything())
    first = scanned(package())
    second = services.add_version(bruno.actor, asset_id=first.asset.public_id, label="V2.0", at=at)
    services.give_file(bruno.actor, version_id=second.public_id, upload=_file("app.zip"), at=at)
    services.submit_version(bruno.actor, version_id=second.public_id, at=at)

    assert AssetVersion.objects.get(pk=second.pk).state == "scanning"
    assert selectors.approved_assets(bruno.actor, "package")[0].approved == [first]


@pytest.mark.req("S-AST-001")
def test_data_of_an_approved_version_that_change_are_scanned_again(
    package: Any, scanned: Any, scanner: Any, bruno: Person, at: Any
) -> None:
    scanner(everything())
    version = scanned(package())
    services.edit_version(bruno.actor, version_id=version.public_id, label="V1.1", note="Words", at=at)

    assert AssetVersion.objects.get(pk=version.pk).state == "scanning"
    jobs.run_due(with_crons=False)
    assert AssetVersion.objects.get(pk=version.pk).state == "approved"


@pytest.mark.req("S-AST-001")
def test_what_is_being_scanned_is_neither_changed_nor_deleted(package: Any, bruno: Person, at: Any) -> None:
    version = package()
    services.submit_version(bruno.actor, version_id=version.public_id, at=at)
    for act in (
        lambda: services.submit_version(bruno.actor, version_id=version.public_id, at=at),
        lambda: services.edit_version(bruno.actor, version_id=version.public_id, label="V9.0", at=at),
        lambda: services.delete_version(bruno.actor, version_id=version.public_id, at=at),
        lambda: services.delete_asset(bruno.actor, asset_id=version.asset.public_id, at=at),
        lambda: services.edit_asset(bruno.actor, asset_id=version.asset.public_id, name="Other", at=at),
        lambda: services.give_file(bruno.actor, version_id=version.public_id, upload=_file("app.zip"), at=at),
    ):
        with pytest.raises(ScanRunning):
            act()
    assert AssetVersion.objects.get(pk=version.pk).label == "V1.0"


@pytest.mark.req("S-AST-001")
def test_a_version_without_a_file_is_not_submitted(bruno: Person, at: Any) -> None:
    asset = services.add_asset(bruno.actor, kind="package", name="Empty", at=at)
    with pytest.raises(NotReady) as refusal:
        services.submit_version(bruno.actor, version_id=asset.versions.get().public_id, at=at)
    assert refusal.value.fields == {"file": "Upload the file first."}


@pytest.mark.req("S-AST-T2", "S-AST-001")
def test_what_a_released_specification_uses_is_not_deleted(
    package: Any, scanned: Any, scanner: Any, bruno: Person, at: Any, monkeypatch: Any
) -> None:
    scanner(everything())
    version = scanned(package())
    monkeypatch.setattr(
        ports, "_users", [lambda ids: {i: [("prd_backup", "Backup Pro")] for i in ids if i == version.public_id}]
    )

    for act in (
        lambda: services.delete_version(bruno.actor, version_id=version.public_id, at=at),
        lambda: services.delete_asset(bruno.actor, asset_id=version.asset.public_id, at=at),
    ):
        with pytest.raises(AssetInUse) as refusal:
            act()
        assert "Backup Pro" in str(refusal.value)
    assert AssetVersion.objects.get(pk=version.pk).state == "approved"

    monkeypatch.setattr(ports, "_users", [])
    services.delete_asset(bruno.actor, asset_id=version.asset.public_id, at=at)
    assert AssetVersion.objects.get(pk=version.pk).state == "deleted"
    assert list(selectors.assets_of(bruno.actor)) == []


def test_products_tell_which_versions_they_use() -> None:
    assert uses.products_using in ports._users


# ----- what our own look finds -----


@pytest.mark.req("S-AST-003", "S-AST-005")
@pytest.mark.parametrize(
    ("data", "code", "severity"),
    [
        (hostile.zipped({"conf/server.key": KEY}), "private_key", "high"),
        (hostile.zipped({"tests/fixtures/server.key": KEY}), "private_key", "medium"),
        (hostile.zipped({"a.env": b"AWS_KEY=AKIA" + b"QWERTYUIOPASDFGH" + b"\n"}), "cloud_key", "high"),
        (hostile.zipped({"a.py": b"t = 'ghp_" + b"a1B2" * 9 + b"'"}), "access_token", "high"),
        (hostile.zipped({"../../etc/cron.d/x": b"a"}), "path", "high"),
        (hostile.zipped({"zeros": b"\x00" * (60 * files.MB)}), "bomb", "critical"),
        (hostile.overlapping_zip(), "bomb", "critical"),
        (hostile.zipped({"inner.zip": hostile.zipped({"a": b"b"})}), "nested", "medium"),
    ],
)
def test_our_own_look_finds_secrets_and_traps(
    package: Any, scanned: Any, data: bytes, code: str, severity: str
) -> None:
    version = scanned(package(data))

    assert findings(version) == {code: severity}
    assert version.state == ("rejected" if severity in {"high", "critical"} else "scanning")


@pytest.mark.req("S-AST-003")
@pytest.mark.parametrize(
    ("links", "codes"),
    [
        ({"lib/libfoo.so": "libfoo.so.1"}, {}),
        ({"bin/run": "../lib/run"}, {}),
        ({"passwords": "/etc/passwd"}, {"link": "high"}),
        ({"up": "../../outside"}, {"link": "high"}),
    ],
)
def test_links_may_stay_inside_a_package(package: Any, scanned: Any, links: dict[str, str], codes: Any) -> None:
    version = scanned(package(hostile.tarred({"lib/run": b"x"}, links=links), "app.tar.gz"))

    assert findings(version) == codes


def test_example_keys_and_jars_are_no_findings(package: Any, scanned: Any) -> None:
    version = scanned(
        package(hostile.zipped({"a.md": b"AKIAIOSFODNN7EXAMPLE", "lib/x.jar": hostile.zipped({"A": b""})}))
    )

    assert findings(version) == {}


def test_a_secret_that_lies_across_two_reads_is_found(package: Any, scanned: Any) -> None:
    data = hostile.zipped({"big.txt": b"x" * (65_536 - 6) + b" " + b"AKIA" + b"QWERTYUIOPASDFGH" + b" "})

    assert findings(scanned(package(data))) == {"cloud_key": "high"}


@pytest.mark.req("S-AST-002", "S-AST-003")
def test_a_virus_rejects(package: Any, scanned: Any, monkeypatch: Any) -> None:
    class Finds:
        def scan(self, content: Any, size: int) -> antivirus.Verdict:
            found = hostile.EICAR in content.read()
            return antivirus.Verdict("infected" if found else "clean", "Eicar-Test" if found else "", "ClamAV")

    monkeypatch.setattr(antivirus, "installed", Finds)
    version = scanned(package(hostile.zipped({"virus": hostile.EICAR}, 0)))

    assert findings(version) == {"virus": "critical"}
    assert (version.state, version.file.scan) == ("rejected", "infected")


@pytest.mark.req("S-AST-005")
@pytest.mark.parametrize("answer", ["no json", "[]", '{"checked": ["virus"], "findings": [{"cvss": "11.0"}]}'])
def test_a_scanner_that_breaks_covers_nothing_and_a_person_looks(
    package: Any, scanned: Any, scanner: Any, answer: str
) -> None:
    scanner(answer)
    version = scanned(package())

    assert version.state == "scanning"
    assert {c["name"]: c["state"] for c in version.scans.get().checks} == {
        "content": "passed", "virus": "manual", "vulnerabilities": "manual",
    }  # fmt: skip


# ----- results by hand -----


@pytest.mark.req("S-AST-005")
def test_without_a_scanner_operations_approve_by_hand_and_it_says_so(
    package: Any, scanned: Any, bruno: Person, olga: Person, at: Any
) -> None:
    version = scanned(package())
    assert version.state == "scanning"
    row = Submission.objects.get(kind="asset", subject=version.public_id)
    assert (row.title, row.account_id, row.applicant_id) == ("Backup V1.0", bruno.account.pk, bruno.user.pk)

    reviewing.approve(olga.actor, submission_id=row.public_id, at=at)
    version.refresh_from_db()
    scan = version.scans.get()
    assert (version.state, version.is_by_hand) == ("approved", True)
    assert (scan.is_by_hand, scan.entered_by) == (True, "Olga Lind")
    assert "Entered by hand: Olga Lind" in reports.as_text(scan)


@pytest.mark.req("S-AST-005", "S-AST-T1")
@pytest.mark.parametrize(("cvss", "state"), [("6.9", "approved"), ("7.0", "rejected")])
def test_a_score_entered_by_hand_decides_like_a_scanners(
    package: Any, scanned: Any, olga: Person, at: Any, cvss: str, state: str
) -> None:
    version = scanned(package())
    services.enter_result(
        olga.actor, version_id=version.public_id, findings=[("Old library", cvss), ("Note", "0.0")], at=at
    )
    version.refresh_from_db()

    assert (version.state, version.is_by_hand) == (state, True)
    assert Submission.objects.get(subject=version.public_id).state == (
        "approved" if state == "approved" else "returned"
    )


@pytest.mark.req("S-AST-005")
def test_remarks_of_operations_become_findings(package: Any, scanned: Any, olga: Person, at: Any) -> None:
    version = scanned(package())
    row = Submission.objects.get(subject=version.public_id)
    reviewing.remark(olga.actor, submission_id=row.public_id, field="file", text="Ships an admin password", at=at)
    reviewing.give_back(olga.actor, submission_id=row.public_id, at=at)
    version.refresh_from_db()

    assert (version.state, version.reason) == ("rejected", "Ships an admin password")
    assert findings(version) == {"remark": "high"}


def test_only_operations_enter_results(package: Any, scanned: Any, bruno: Person, at: Any) -> None:
    version = scanned(package())
    with pytest.raises(PermissionMissing):
        services.enter_result(bruno.actor, version_id=version.public_id, at=at)
    with pytest.raises(Refused):
        reviewing.withdraw(bruno.actor, kind="asset", subject=version.public_id, at=at)


@pytest.mark.parametrize("score", ["", "ten", "10.1", "-1", "7,0"])
def test_a_score_that_is_none_is_refused(package: Any, scanned: Any, olga: Person, at: Any, score: str) -> None:
    version = scanned(package())
    with pytest.raises(Invalid):
        services.enter_result(olga.actor, version_id=version.public_id, findings=[("x", score)], at=at)
    assert Scan.objects.get(version=version).state == "waiting"


def test_the_reviewer_sees_the_asset_with_its_checks(package: Any, scanned: Any, olga: Person, at: Any) -> None:
    from galleria.assets import handlers

    version = scanned(package(kind="container"))
    row = Submission.objects.get(subject=version.public_id)
    found = handlers.dossier(olga.actor, row)

    facts = {fact.key: fact.value for section in found.sections for fact in section.facts}
    assert facts["name"] == "Backup"
    assert facts["file"] == "app.zip"
    assert facts["check.content"] == "passed · Content check"
    assert facts["check.virus"] == "a person must look"
    assert len(found.checklist) == 2


# ----- names, sizes, strangers -----


@pytest.mark.req("S-AST-003")
@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("app.zip", True), ("App_2-(beta).tar", True), ("app.tar.gz", True), ("app 2.zip", False),
        ("app.tgz", False), ("app.rar", False), ("äpp.zip", False), ("app.zip.exe", False), (".zip", False),
        ("a" * 117 + ".zip", False), ("a" * 116 + ".zip", True), ("app\n.zip", False),
    ],
)  # fmt: skip
def test_names_of_packages(name: str, good: bool) -> None:
    assert rules.is_package_name(name) is good


@pytest.mark.req("S-AST-003")
def test_a_package_that_is_something_else_is_refused(package: Any) -> None:
    with pytest.raises(files.FileRefused) as refusal:
        package(hostile.pdf(), "app.zip")
    assert refusal.value.rule == "type"
    with pytest.raises(files.FileRefused):
        package(hostile.tarred({"a": b"b"}), "app.zip")


@pytest.mark.req("S-AST-001")
def test_a_stranger_finds_nothing(package: Any, bruno: Person, at: Any) -> None:
    from tests.people import make_seller

    version, other = package(), make_seller("Mallory Quinn")
    asset_id, version_id = version.asset.public_id, version.public_id
    for act in (
        lambda: selectors.asset_of(other.actor, asset_id),
        lambda: selectors.version_of(other.actor, version_id),
        lambda: services.submit_version(other.actor, version_id=version_id, at=at),
        lambda: services.edit_asset(other.actor, asset_id=asset_id, name="Mine", at=at),
        lambda: services.add_version(other.actor, asset_id=asset_id, label="V2.0", at=at),
        lambda: services.edit_version(other.actor, version_id=version_id, label="V2.0", at=at),
        lambda: services.give_file(other.actor, version_id=version_id, upload=_file("app.zip"), at=at),
        lambda: services.start_upload(other.actor, version_id=version_id, name="app.zip", size=9, at=at),
        lambda: services.delete_version(other.actor, version_id=version_id, at=at),
        lambda: services.delete_asset(other.actor, asset_id=asset_id, at=at),
        lambda: services.verify_site(other.actor, asset_id=asset_id, at=at),
        lambda: files.file_for(other.actor, version.file.public_id),
    ):
        with pytest.raises(NotFound):
            act()
    assert selectors.approved_assets(other.actor, "package") == []
    assert list(selectors.requests_of(other.actor)) == []


def test_a_buyer_and_a_colleague_without_the_right_are_refused(
    package: Any, bruno: Person, ada: Person, at: Any
) -> None:
    with pytest.raises(Refused):
        selectors.assets_of(ada.actor)
    reader = bruno.colleague("Ben", "BuyerReadOnly")
    with pytest.raises(PermissionMissing):
        services.add_asset(reader.actor, kind="package", name="x", at=at)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "rocket", "name": "A"}, "kind"), ({"kind": "package", "name": ""}, "name"),
        ({"kind": "package", "name": "A\u202eB"}, "name"), ({"kind": "package", "name": "x" * 81}, "name"),
        ({"kind": "package", "name": "A", "label": "v1"}, "label"),
        ({"kind": "package", "name": "A", "label": "First Version"}, "label"),
        ({"kind": "package", "name": "A", "note": "x" * 1001}, "note"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_asset_is_said_beside_the_field(bruno: Person, at: Any, values: Any, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        services.add_asset(bruno.actor, at=at, **values)
    assert list(refusal.value.fields) == [field]
    assert Asset.objects.count() == 0


def test_two_versions_of_one_name_are_refused(package: Any, bruno: Person, at: Any) -> None:
    version = package()
    with pytest.raises(Invalid):
        services.add_version(bruno.actor, asset_id=version.asset.public_id, label="V1.0", at=at)
    services.delete_version(bruno.actor, version_id=version.public_id, at=at)
    assert services.add_version(bruno.actor, asset_id=version.asset.public_id, label="V1.0", at=at).state == "draft"


def test_an_approved_version_gets_no_other_file(
    package: Any, scanned: Any, scanner: Any, bruno: Person, at: Any
) -> None:
    scanner(everything())
    version = scanned(package())
    with pytest.raises(NotAllowed):
        services.give_file(bruno.actor, version_id=version.public_id, upload=_file("app.zip"), at=at)


def _file(name: str, data: bytes | None = None) -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile(name, hostile.zipped({"app": b"x"}) if data is None else data)
