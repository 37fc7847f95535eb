"""Every rule of the listing material: one below, at, and one above each limit; the words name what to do."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest

from galleria.releasing import wording
from galleria.releasing.rules import Context, Figures, FileFacts, findings

MB = 1_048_576
LOGO, PICTURE, WIDE, GUIDE, PAPER, WORD = (f"fil_{name}" for name in ("logo", "pic", "wide", "guide", "paper", "word"))
FILES = {
    LOGO: FileFacts("logo.png", "image/png", 9000, 120, 120),
    PICTURE: FileFacts("screen.png", "image/png", 9000, 800, 600),
    WIDE: FileFacts("wide.png", "image/png", 9000, 1000, 800),
    GUIDE: FileFacts("guide.pdf", "application/pdf", 9000),
    PAPER: FileFacts("paper.pdf", "application/pdf", 9000),
    WORD: FileFacts("request.docx", "application/msword", 9000),
}
HOURS = [{"days": [1, 2, 3, 4, 5], "opens": "09:00", "closes": "17:00"}]
WHOLE: dict[str, Any] = {
    "delivery": "license",
    "name": "Nightly Backup",
    "category": "data/backup",
    "summary": "Backs up servers every night.",
    "highlights": ["Restores single files"],
    "description": "x" * 400,
    "version": "V1.0",
    "logo_file": LOGO,
    "licence": "STANDARD_EULA",
    "guide_file": GUIDE,
    "after_sales": {
        "time_zone": "(GMT+01:00)",
        "hours": HOURS,
        "services": "All questions",
        "hotline": "+46 8 123",
        "email": "help@example.com",
    },
    "copyright": {"certificate": PAPER, "software_name": "Nightly Backup", "owner": "Fernwerk AB"},
    "licence_form": "offline",
    "service_template": "standard",
    "delivery_days": 3,
    "acceptance": "It opens.",
    "specifications": [{"key": "one", "name": "One", "prices": [{"mode": "one_time", "price": "9.00 EUR"}]}],
}


def context(**changes: Any) -> Context:
    known: dict[str, Any] = {
        "files": FILES,
        "categories": frozenset({"data/backup"}),
        "seller_name": "Fernwerk AB",
        "licences": frozenset({"STANDARD_EULA"}),
        "assets": {},
        "addresses": frozenset(),
    }
    return Context(**{**known, **changes})


def changed(**changes: Any) -> dict[str, Any]:
    """The whole document with some fields changed; None takes a field away."""
    document = copy.deepcopy(WHOLE)
    for name, value in changes.items():
        document[name] = value
        if value is None:
            del document[name]
    return document


def support(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**WHOLE["after_sales"], **changes}.items() if value is not None}


def found(document: dict[str, Any], **facts: Any) -> dict[str, str]:
    """Errors: code by path."""
    return {each.path: each.code for each in findings(document, context(**facts)) if each.level == "error"}


def with_file(facts: FileFacts, file_id: str = "fil_x") -> dict[str, FileFacts]:
    return {**FILES, file_id: facts}


def test_the_whole_document_has_nothing_wrong() -> None:
    assert findings(WHOLE, context()) == []


def test_an_empty_document_says_everything_that_is_missing_at_once() -> None:
    codes = found({"delivery": "license"})
    assert {
        "name",
        "version",
        "logo_file",
        "category",
        "summary",
        "highlights",
        "description",
        "agreement",
        "after_sales",
        "guide_file",
        "copyright.certificate",
        "specifications",
    } <= codes.keys()


def test_every_code_has_a_sentence_that_can_be_filled() -> None:
    documents = [WHOLE, {"delivery": "saas"}, {"delivery": "image", "image": {"free": True, "pricing": "vcpu"}}]
    for document in documents:
        for wrong in findings(document, context(banned_until=datetime(2027, 5, 1, tzinfo=UTC))):
            assert wording.worded(wrong).message


@pytest.mark.req("S-MAT-001")
@pytest.mark.parametrize(("model", "wrong"), [("partner", False), ("operator", True)])
def test_sellers_choose_common_or_joint(model: str, wrong: bool) -> None:
    assert ("sales_model" in found(changed(sales_model=model))) is wrong


@pytest.mark.req("S-MAT-003")
@pytest.mark.parametrize(("length", "wrong"), [(1, False), (63, False), (64, False), (65, True)])
def test_a_name_has_1_to_64_characters(length: int, wrong: bool) -> None:
    name = "N" * length
    document = changed(name=name, copyright={**WHOLE["copyright"], "software_name": name})
    assert (found(document).get("name") == "TOO_LONG") is wrong


@pytest.mark.req("S-MAT-T2", "S-MAT-003")
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("App V2.0", "NAME_HAS_VERSION"),
        ("App v3", "NAME_HAS_VERSION"),
        ("App 10.4", "NAME_HAS_VERSION"),
        ("App version 2", "NAME_HAS_VERSION"),
        ("App for 9.90 EUR", "NAME_HAS_PRICE"),
        ("App $99", "NAME_HAS_PRICE"),
        ("App 20 % off", "NAME_HAS_PRICE"),
        ("Call +46 8 123 45 67", "NAME_HAS_CONTACT"),
        ("App help@example.com", "NAME_HAS_CONTACT"),
        ("App www.example.com", "NAME_HAS_CONTACT"),
        ("Galleria Cloud Solution", "NAME_HAS_BRAND"),
        ("galleria cloud backup", "NAME_HAS_BRAND"),
        ("Galleriacloud", ""),
        ("Backup 365", ""),
        ("Office 2027", ""),
        ("S3 Gateway", ""),
    ],
)
def test_a_name_describes_the_product_and_nothing_else(name: str, code: str) -> None:
    document = changed(name=name, copyright={**WHOLE["copyright"], "software_name": name})
    codes = found(document, figures=Figures(brand_terms=("Galleria Cloud",)))
    assert codes == ({"name": code} if code else {}) or (code and codes["name"] in {code, "NAME_HAS_VERSION"})


@pytest.mark.req("S-MAT-T3", "S-MAT-004")
@pytest.mark.parametrize(
    ("version", "wrong"),
    [
        ("V1.0", False),
        ("V2.0", False),
        ("V1.2.3.4", False),
        ("v0.1", True),
        ("First Version", True),
        ("V1", True),
        ("Initial Version", True),
        ("V1.2.3.4.5", True),
        ("1.0", True),
        ("", True),
    ],
)
def test_a_version_has_the_standard_form(version: str, wrong: bool) -> None:
    assert ("version" in found(changed(version=version))) is wrong


@pytest.mark.req("S-MAT-T1", "S-MAT-005")
@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (FileFacts("l.png", "image/png", 5 * MB, 120, 120), ""),
        (FileFacts("l.png", "image/png", 5 * MB + 1, 120, 120), "FILE_TOO_LARGE"),
        (FileFacts("l.png", "image/png", 6 * MB, 120, 120), "FILE_TOO_LARGE"),
        (FileFacts("l.png", "image/png", 9000, 121, 120), "LOGO_SIZE"),
        (FileFacts("l.png", "image/png", 9000, 120, 119), "LOGO_SIZE"),
        (FileFacts("l.jpg", "image/jpeg", 9000, 120, 120), "LOGO_TYPE"),
    ],
)
def test_a_logo_is_a_png_of_120_pixels_and_5_mb(facts: FileFacts, code: str) -> None:
    assert found(changed(logo_file="fil_x"), files=with_file(facts)) == ({"logo_file": code} if code else {})


def test_a_file_of_somebody_else_is_not_there() -> None:
    assert found(changed(logo_file="fil_other")) == {"logo_file": "FILE_UNKNOWN"}


@pytest.mark.req("S-MAT-006")
@pytest.mark.parametrize(("category", "wrong"), [("data/backup", False), ("data", True), ("none/there", True)])
def test_a_category_has_none_below_it(category: str, wrong: bool) -> None:
    assert ("category" in found(changed(category=category))) is wrong


@pytest.mark.req("S-MAT-006")
@pytest.mark.parametrize(("count", "wrong"), [(4, False), (5, False), (6, True)])
def test_a_product_has_at_most_five_tags(count: int, wrong: bool) -> None:
    assert ("tags" in found(changed(tags=[f"tag{n}" for n in range(count)]))) is wrong


@pytest.mark.req("S-MAT-006")
def test_tags_are_from_the_operators_list() -> None:
    assert found(changed(tags=["backup", "odd"]), figures=Figures(tags=("backup",))) == {"tags.1": "TAG_UNKNOWN"}


@pytest.mark.req("S-MAT-007")
@pytest.mark.parametrize(
    ("seo", "wrong"),
    [
        ({"title": "t" * 80, "description": "d" * 200, "keywords": ["k" * 20] * 10}, ""),
        ({"title": "t" * 81}, "seo.title"),
        ({"description": "d" * 201}, "seo.description"),
        ({"keywords": ["k"] * 11}, "seo.keywords"),
        ({"keywords": ["k" * 21]}, "seo.keywords.0"),
    ],
)
def test_search_engines_are_told_little(seo: dict[str, Any], wrong: str) -> None:
    codes = found(changed(seo=seo))
    assert (wrong in codes) if wrong else codes == {}


@pytest.mark.req("S-MAT-008")
@pytest.mark.parametrize(("count", "wrong"), [(4, False), (5, False), (6, True)])
def test_there_are_at_most_five_pictures_and_videos(count: int, wrong: bool) -> None:
    assert ("media" in found(changed(media=[{"file": PICTURE}] * count))) is wrong


@pytest.mark.req("S-MAT-008")
@pytest.mark.parametrize(
    ("kind", "facts", "code"),
    [
        ("picture", FileFacts("a.jpg", "image/jpeg", 5 * MB, 800, 600), ""),
        ("picture", FileFacts("a.gif", "image/gif", 9, 800, 600), ""),
        ("picture", FileFacts("a.png", "image/png", 9, 801, 600), "PICTURE_SIZE"),
        ("picture", FileFacts("a.png", "image/png", 9, 800, 599), "PICTURE_SIZE"),
        ("picture", FileFacts("a.png", "image/png", 5 * MB + 1, 800, 600), "FILE_TOO_LARGE"),
        ("picture", FileFacts("a.webp", "image/webp", 9, 800, 600), "PICTURE_TYPE"),
        ("video", FileFacts("a.mp4", "video/mp4", 9 * MB), ""),
        ("video", FileFacts("a.png", "image/png", 9, 800, 600), "VIDEO_TYPE"),
    ],
)
def test_pictures_have_one_size_and_videos_one_kind(kind: str, facts: FileFacts, code: str) -> None:
    codes = found(changed(media=[{"kind": kind, "file": "fil_x"}]), files=with_file(facts))
    assert codes == ({"media.0.file": code} if code else {})


def test_captions_have_no_contact_data() -> None:
    document = changed(media=[{"file": PICTURE, "caption": "Call +46 8 123 45 67"}])
    assert found(document) == {"media.0.caption": "HAS_CONTACT"}


@pytest.mark.req("S-MAT-009")
@pytest.mark.parametrize(
    ("length", "code"), [(9, "TOO_SHORT"), (10, ""), (11, ""), (199, ""), (200, ""), (201, "TOO_LONG")]
)
def test_an_overview_has_10_to_200_characters(length: int, code: str) -> None:
    assert found(changed(summary="s" * length)).get("summary", "") == code


@pytest.mark.req("S-MAT-010")
@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        ([], "highlights"),
        (["h" * 10], ""),
        (["h" * 10] * 5, ""),
        (["h" * 10] * 6, "highlights"),
        (["h" * 9], "highlights.0"),
        (["h" * 100], ""),
        (["h" * 101], "highlights.0"),
    ],
)
def test_there_are_one_to_five_highlights_of_10_to_100_characters(lines: list[str], wrong: str) -> None:
    codes = found(changed(highlights=lines))
    assert (wrong in codes) if wrong else codes == {}


@pytest.mark.req("S-MAT-T4", "S-MAT-011")
@pytest.mark.parametrize(("length", "wrong"), [(399, True), (400, False), (401, False)])
def test_a_description_of_text_alone_has_400_characters(length: int, wrong: bool) -> None:
    assert ("description" in found(changed(description="d" * length))) is wrong


@pytest.mark.req("S-MAT-011")
@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (FileFacts("a.png", "image/png", 9, 900, 800), ""),
        (FileFacts("a.jpg", "image/jpeg", 9, 1200, 2000), ""),
        (FileFacts("a.png", "image/png", 9, 899, 800), "DESCRIPTION_PICTURE_SIZE"),
        (FileFacts("a.png", "image/png", 9, 1201, 800), "DESCRIPTION_PICTURE_SIZE"),
        (FileFacts("a.png", "image/png", 9, 1000, 799), "DESCRIPTION_PICTURE_SIZE"),
        (FileFacts("a.gif", "image/gif", 9, 1000, 800), "PICTURE_TYPE"),
    ],
)
def test_pictures_of_a_description_have_a_width_and_shorten_the_text(facts: FileFacts, code: str) -> None:
    document = changed(description="Short.", description_pictures=["fil_x"])
    assert found(document, files=with_file(facts)) == ({"description_pictures.0": code} if code else {})


@pytest.mark.req("S-MAT-011")
@pytest.mark.parametrize(("count", "wrong"), [(5, False), (6, True)])
def test_a_description_has_at_most_five_pictures(count: int, wrong: bool) -> None:
    assert ("description_pictures" in found(changed(description_pictures=[WIDE] * count))) is wrong


@pytest.mark.req("S-MAT-012")
def test_customer_cases_are_kept_with_customer_result_and_picture() -> None:
    case = {"title": "A bank", "text": "Backs up", "customer": "Nordbank", "result": "Faster", "picture": PICTURE}
    assert found(changed(cases=[case])) == {}
    assert found(changed(cases=[{**case, "picture": GUIDE}])) == {"cases.0.picture": "PICTURE_TYPE"}


@pytest.mark.req("S-MAT-013")
@pytest.mark.parametrize("state", ["on_sale", "hidden"])
def test_public_sales_are_yes_or_no(state: str) -> None:
    assert found(changed(state=state)) == {}


def agreement(text: str) -> dict[str, Any]:
    return {"name": "Terms", "versions": [{"version": "1", "effective_on": "2027-01-01", "text": text}]}


@pytest.mark.req("S-MAT-014")
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("We protect personal data.", ""),
        ("Name: ____ protects privacy", "AGREEMENT_BLANKS"),
        ("Signed by [ ] privacy", "AGREEMENT_BLANKS"),
        ("[company name] privacy", "AGREEMENT_BLANKS"),
        ("Company seal: privacy", "AGREEMENT_SEALS"),
        ("Place of signing: privacy", "AGREEMENT_SEALS"),
    ],
)
def test_an_agreement_has_nothing_to_fill_in_and_nothing_to_seal(text: str, code: str) -> None:
    codes = found(changed(licence=None, agreement=agreement(text)))
    assert codes == ({"agreement.versions.0.text": code} if code else {})


@pytest.mark.req("S-MAT-014")
def test_an_agreement_is_needed_and_one_that_forgets_personal_data_is_doubted() -> None:
    assert found(changed(licence=None)) == {"agreement": "AGREEMENT_MISSING"}
    assert found(changed(licence="OTHER_TEMPLATE")) == {"licence": "LICENCE_UNKNOWN"}
    doubts = findings(changed(licence=None, agreement=agreement("Use it well.")), context())
    assert [(each.level, each.code) for each in doubts] == [("warning", "AGREEMENT_PERSONAL_DATA")]


@pytest.mark.req("S-MAT-T5", "S-MAT-015")
@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, {}),
        ({"time_zone": None}, {"after_sales.time_zone": "TIME_ZONE_MISSING"}),
        (
            {"hours": [{"days": [1, 2, 3, 4, 5], "opens": "09:00", "closes": "16:59"}]},
            {"after_sales.hours": "SUPPORT_HOURS"},
        ),
        ({"hours": [{"days": [1, 2, 3, 4, 5], "opens": "09:00", "closes": "17:01"}]}, {}),
        (
            {"hours": [{"days": [1, 2, 3, 4], "opens": "08:00", "closes": "18:00"}]},
            {"after_sales.hours": "SUPPORT_DAYS"},
        ),
        ({"hours": [{"days": [1, 2, 3, 4, 5], "opens": "00:00", "closes": "24:00"}]}, {}),
        (
            {"hours": [{"days": [1, 1, 1, 1, 1], "opens": "09:00", "closes": "17:00"}]},
            {"after_sales.hours": "SUPPORT_HOURS"},
        ),
        ({"hours": []}, {"after_sales.hours": "SUPPORT_HOURS"}),
        ({"hotline": None}, {"after_sales.hotline": "MISSING"}),
        ({"email": None}, {"after_sales.email": "MISSING"}),
        ({"services": None}, {"after_sales.services": "MISSING"}),
    ],
)
def test_support_has_a_time_zone_and_forty_hours_a_week(changes: dict[str, Any], wrong: dict[str, str]) -> None:
    assert found(changed(after_sales=support(**changes))) == wrong


@pytest.mark.req("S-MAT-016")
@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (FileFacts("g.pdf", "application/pdf", 20 * MB), ""),
        (FileFacts("g.rar", "x", 9), ""),
        (FileFacts("g.pdf", "application/pdf", 20 * MB + 1), "FILE_TOO_LARGE"),
        (FileFacts("g.exe", "x", 9), "FILE_TYPE"),
        (FileFacts("noending", "x", 9), "FILE_TYPE"),
    ],
)
def test_a_guide_is_a_document_of_20_mb(facts: FileFacts, code: str) -> None:
    assert found(changed(guide_file="fil_x"), files=with_file(facts)) == ({"guide_file": code} if code else {})


@pytest.mark.req("S-MAT-016")
def test_a_guide_is_needed_asks_for_no_price_and_leads_nowhere() -> None:
    assert found(changed(guide_file=None)) == {"guide_file": "GUIDE_MISSING"}
    assert found(changed(guide="Contact us for a price.")) == {"guide": "GUIDE_ASKS_PRICE"}
    doubts = findings(changed(guide="See https://elsewhere.example/help"), context())
    assert [(each.level, each.code) for each in doubts] == [("warning", "GUIDE_LINK")]


def paper(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**WHOLE["copyright"], **changes}.items() if value is not None}


@pytest.mark.req("S-MAT-017")
@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, {}),
        ({"certificate": None}, {"copyright.certificate": "CERTIFICATE_MISSING"}),
        ({"software_name": "nightly backup"}, {}),
        ({"software_name": "Daily Backup"}, {"copyright.declaration": "NAME_DIFFERS"}),
        ({"software_name": "Daily Backup", "declaration": PAPER, "differs": "name"}, {}),
        (
            {"software_name": "Daily Backup", "declaration": PAPER, "differs": "owner"},
            {"copyright.declaration": "NAME_DIFFERS"},
        ),
        ({"owner": "Other AB"}, {"copyright.declaration": "OWNER_DIFFERS"}),
        ({"owner": "Other AB", "declaration": PAPER, "differs": "owner"}, {}),
        ({"owner": "Other AB", "declaration": PAPER, "differs": "other"}, {}),
        ({"owner": "Other AB", "declaration": PAPER, "differs": "name"}, {"copyright.declaration": "OWNER_DIFFERS"}),
    ],
)
def test_software_has_a_certificate_of_this_name_and_this_owner(changes: Any, wrong: dict[str, str]) -> None:
    assert found(changed(copyright=paper(**changes))) == wrong


@pytest.mark.req("S-MAT-018")
def test_who_sells_what_another_made_has_the_owners_letter() -> None:
    document = changed(copyright=paper(owner="Other AB"), letter={"owner": "Other AB"})
    assert found(document) == {"letter.file": "LETTER_MISSING", "copyright.declaration": "OWNER_DIFFERS"}
    document["letter"]["file"] = PAPER
    assert found(document) == {}


@pytest.mark.req("S-MAT-019")
def test_a_supervised_product_says_when_it_is_delivered() -> None:
    assert found(changed(acceptance=None)).get("acceptance") == "ACCEPTANCE_MISSING"
    assert found(changed(delivery_template=WORD)) == {}


@pytest.mark.req("S-MAT-020")
@pytest.mark.parametrize(
    ("days", "wrong"), [(0, True), (1, False), (2, False), (364, False), (365, False), (366, True)]
)
def test_a_delivery_takes_1_to_365_days(days: int, wrong: bool) -> None:
    assert ("delivery_days" in found(changed(delivery_days=days))) is wrong


@pytest.mark.req("S-MAT-021")
def test_request_templates_are_word_or_excel() -> None:
    assert found(changed(request_templates=[WORD])) == {}
    assert found(changed(request_templates=[GUIDE])) == {"request_templates.0": "FILE_TYPE"}


@pytest.mark.req("S-MAT-022", "S-MAT-003")
def test_a_private_cloud_edition_has_its_suffix_and_a_certificate_of_its_name() -> None:
    named = "Nightly Backup (HCS Version)"
    certificate = {"certificate": PAPER, "certificate_name": "Nightly Backup"}
    assert found(changed(private_cloud=True, private_certificate=certificate)) == {"name": "NAME_NEEDS_SUFFIX"}
    assert found(changed(private_cloud=True, name=named, private_certificate=certificate)) == {}
    assert found(changed(private_cloud=True, name=named)) == {"private_certificate.certificate": "CERTIFICATE_MISSING"}
    other = {"certificate": PAPER, "certificate_name": "Another"}
    assert found(changed(private_cloud=True, name=named, private_certificate=other)) == {
        "private_certificate.certificate_name": "NAME_DIFFERS"
    }


@pytest.mark.parametrize("sign", ["\u202e", "\u200b", "\u2066", "\ufeff", "\u00ad", "\x07", "\U000e0041"])
@pytest.mark.parametrize("path", ["name", "summary", "after_sales.hotline", "specifications.0.name"])
def test_characters_that_nobody_sees_are_refused_everywhere(sign: str, path: str) -> None:
    document = copy.deepcopy(WHOLE)
    holder: Any = document
    *steps, last = path.split(".")
    for step in steps:
        holder = holder[int(step)] if step.isdigit() else holder[step]
    holder[last] = f"{holder[last][:4]}{sign}{holder[last][4:]}"

    codes = {(each.path, each.code) for each in findings(document, context())}

    assert (path, "HIDDEN_CHARACTERS") in codes


def test_what_a_release_does_not_decide_is_refused() -> None:
    assert found(changed(figures={"sales": 9}, reviews=[], published_on="2020-01-01")) == {
        "figures": "NOT_FOR_RELEASES",
        "reviews": "NOT_FOR_RELEASES",
        "published_on": "NOT_FOR_RELEASES",
    }
