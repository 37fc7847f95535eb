"""Files: recognised by content, refused by name of the rule, kept for their owner (S-MAT file rules)."""

from __future__ import annotations

import io
import os
import random
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from PIL import Image

from galleria.kit import files
from galleria.kit.actor import SYSTEM
from galleria.kit.errors import Invalid, NotFound
from galleria.kit.files import antivirus, tidying
from galleria.kit.models import StoredFile
from tests.packages.kit import hostile
from tests.people import NOW, Person

MB = files.MB
LOGO = {"purpose": "logo", "types": ("png",), "most_bytes": 5 * MB, "picture": files.Picture(width=120, height=120)}
GUIDE = {"purpose": "guide", "types": files.DOCUMENTS, "most_bytes": 20 * MB}
GALLERY = {"purpose": "picture", "types": files.PICTURES, "most_bytes": 5 * MB,
           "picture": files.Picture(width=800, height=600, animated=True)}  # fmt: skip


@pytest.fixture
def keep(bruno: Person, at: Any) -> Any:
    def store(name: str, data: bytes, **rules: Any) -> StoredFile:
        return files.store(bruno.actor, files.Content(name, data), at=at, **rules)

    return store


def why(call: Any) -> tuple[str, str]:
    """The rule and the sentence of a refusal; nothing was kept."""
    before = StoredFile.objects.count()
    with pytest.raises(files.FileRefused) as refusal:
        call()
    assert StoredFile.objects.count() == before
    assert refusal.value.fields == {"file": str(refusal.value)}
    return refusal.value.rule, str(refusal.value)


# ----- pictures -----


@pytest.mark.req("S-MAT-005")
def test_a_logo_of_120_by_120_is_kept_with_its_size(keep: Any) -> None:
    row = keep("logo.png", hostile.picture(), **LOGO)

    assert (row.kind, row.media_type, row.width, row.height) == ("png", "image/png", 120, 120)
    assert (row.name, row.purpose, row.is_public, row.scan) == ("logo.png", "logo", False, "not_scanned")
    with files.open_file(row) as content:
        assert Image.open(content).size == (120, 120)


@pytest.mark.req("S-MAT-005", "S-MAT-T1")
@pytest.mark.parametrize(
    ("name", "data", "rule", "words"),
    [
        ("logo.png", hostile.picture(121, 120), "dimensions", "121 × 120 pixels; it must be exactly 120 × 120"),
        ("logo.png", hostile.picture(120, 119), "dimensions", "120 × 119 pixels; it must be exactly 120 × 120"),
        ("logo.jpg", hostile.picture(kind="JPEG"), "type", "holds JPG; only PNG can be used"),
        ("logo.png", hostile.picture(kind="JPEG"), "type", "What counts is the content, not the name"),
        ("logo.png", hostile.padded(hostile.picture(), 6 * MB), "size", "The file has 6 MB; at most 5 MB"),
        ("logo.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "type", "holds SVG"),
        ("logo.png", b"<html><script>alert(1)</script></html>", "type", "holds HTML"),
        ("logo.png", b"<!-- x --><svg onload='alert(1)'>", "type", "holds SVG"),
        ("logo.png", b"", "empty", "empty"),
        ("logo.png", hostile.picture()[:200], "broken", "damaged"),
        ("logo.png", b"MZ\x90\x00" + b"\x00" * 200, "type", "a program"),
    ],
)
def test_a_wrong_logo_is_refused_with_the_rule_named(keep: Any, name: str, data: bytes, rule: str, words: str) -> None:
    found, sentence = why(lambda: keep(name, data, **LOGO))

    assert found == rule
    assert words in sentence


@pytest.mark.req("S-MAT-005")
@pytest.mark.parametrize(("size", "taken"), [(5 * MB - 1, True), (5 * MB, True), (5 * MB + 1, False)])
def test_five_megabytes_are_the_limit_to_the_byte(keep: Any, size: int, taken: bool) -> None:
    data = hostile.padded(hostile.picture(), size)
    assert len(data) == size

    if taken:
        assert keep("logo.png", data, **LOGO).size < 5000  # what made it long was no part of the picture
    else:
        assert "5,242,881 bytes" in why(lambda: keep("logo.png", data, **LOGO))[1]


@pytest.mark.req("S-MAT-008")
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF"])
def test_pictures_of_a_product_may_be_png_jpg_or_gif_of_800_by_600(keep: Any, kind: str) -> None:
    ending = {"PNG": "png", "JPEG": "jpeg", "GIF": "gif"}[kind]

    assert keep(f"screen.{ending}", hostile.picture(800, 600, kind), **GALLERY).width == 800
    assert why(lambda: keep(f"s.{ending}", hostile.picture(800, 599, kind), **GALLERY))[0] == "dimensions"


@pytest.mark.req("S-MAT-011")
@pytest.mark.parametrize(
    ("width", "height", "taken"),
    [(899, 800, False), (900, 800, True), (1200, 800, True), (1201, 800, False), (1000, 799, False), (1000, 801, True)],
)
def test_pictures_in_the_description_are_900_to_1200_wide_and_at_least_800_high(
    keep: Any, width: int, height: int, taken: bool
) -> None:
    rules = {"purpose": "description", "types": ("png", "jpg"), "most_bytes": 5 * MB,
             "picture": files.Picture(least_width=900, most_width=1200, least_height=800)}  # fmt: skip
    data = hostile.picture(width, height, "JPEG")

    if taken:
        assert keep("a.jpg", data, **rules).height == height
    else:
        assert why(lambda: keep("a.jpg", data, **rules))[0] == "dimensions"


@pytest.mark.parametrize(("width", "height"), [(1_000_000, 1), (1, 1_000_000), (12_001, 10), (10_000, 10_000)])
def test_a_picture_of_a_million_pixels_is_refused_before_it_is_unpacked(keep: Any, width: int, height: int) -> None:
    rules = {"purpose": "picture", "types": ("png",), "most_bytes": 5 * MB}

    assert why(lambda: keep("big.png", hostile.declared_png(width, height), **rules))[0] == "pixels"


def test_an_animation_of_a_thousand_frames_is_refused(keep: Any) -> None:
    data = hostile.moving(2)
    begin = data.index(b"\x21\xf9", 20)
    many = data[:begin] + data[begin:-1] * 400 + b"\x3b"

    assert why(lambda: keep("m.gif", many, purpose="x", types=("gif",), most_bytes=MB))[0] == "pixels"


def test_moving_pictures_are_taken_where_the_rule_says_so(keep: Any) -> None:
    rules = {"purpose": "x", "types": ("gif",), "most_bytes": MB}
    row = keep("m.gif", hostile.moving(3), picture=files.Picture(animated=True), **rules)

    with files.open_file(row) as content:
        assert Image.open(content).n_frames == 3  # type: ignore[attr-defined]
    assert why(lambda: keep("m.gif", hostile.moving(3), picture=files.Picture(), **rules))[1].startswith(
        "The picture m"
    )


def test_place_time_and_comments_of_a_photograph_are_dropped(keep: Any) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x8825] = "Fictional Camera", {1: "N"}
    data = hostile.picture(40, 20, "JPEG", exif=exif, comment=b"my home address") + b"<script>behind the end</script>"
    row = keep("photo.jpg", data, purpose="x", types=("jpg",), most_bytes=MB)

    with files.open_file(row) as content:
        kept = content.read()
    assert b"Fictional" not in kept
    assert b"home address" not in kept
    assert kept.endswith(b"\xff\xd9")
    assert not Image.open(io.BytesIO(kept)).getexif()


def test_a_photograph_that_lies_on_its_side_is_turned_upright(keep: Any) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    row = keep("p.jpg", hostile.picture(40, 20, "JPEG", exif=exif), purpose="x", types=("jpg",), most_bytes=MB)

    assert (row.width, row.height) == (20, 40)


def test_texts_and_second_files_in_a_png_are_dropped(keep: Any) -> None:
    data = hostile.padded(hostile.picture(), 5000) + hostile.zipped({"evil.html": b"<script>"})
    row = keep("logo.png", data, **LOGO)

    with files.open_file(row) as content:
        kept = content.read()
    assert b"tEXt" not in kept
    assert kept.endswith(b"IEND\xaeB`\x82")
    assert row.size == len(kept)


# ----- documents and archives -----


@pytest.mark.req("S-MAT-016", "S-MAT-017")
@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("guide.pdf", hostile.pdf(), "pdf"),
        ("guide.docx", hostile.word(), "docx"),
        ("guide.doc", hostile.old_word(), "doc"),
        ("guide.zip", hostile.zipped({"guide.pdf": hostile.pdf()}), "zip"),
        ("guide.rar", b"Rar!\x1a\x07\x01\x00" + b"\x00" * 40, "rar"),
        ("GUIDE.PDF", hostile.pdf(), "pdf"),
        ("no ending", hostile.pdf(), "pdf"),
    ],
)
def test_documents_are_recognised_by_content(keep: Any, name: str, data: bytes, kind: str) -> None:
    assert keep(name, data, **GUIDE).kind == kind


@pytest.mark.req("S-MAT-016", "S-MAT-017")
@pytest.mark.parametrize(("size", "taken"), [(20 * MB - 1, True), (20 * MB, True), (20 * MB + 1, False)])
def test_twenty_megabytes_are_the_limit_of_a_document(keep: Any, size: int, taken: bool) -> None:
    data = hostile.pdf(b"%" + b"x" * (size - len(hostile.pdf()) - 1))
    assert len(data) == size

    if taken:
        assert keep("guide.pdf", data, **GUIDE).size == size
    else:
        assert why(lambda: keep("guide.pdf", data, **GUIDE))[0] == "size"


@pytest.mark.req("S-MAT-021")
def test_a_request_template_is_a_word_or_excel_document(keep: Any) -> None:
    sheet = hostile.zipped({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"})
    rules = {"purpose": "template", "types": ("doc", "docx", "xls", "xlsx"), "most_bytes": 20 * MB}

    assert keep("ask.xlsx", sheet, **rules).kind == "xlsx"
    assert why(lambda: keep("ask.pdf", hostile.pdf(), **rules))[1].startswith("The file holds PDF; only DOC, DOCX")


@pytest.mark.parametrize(
    ("name", "data", "rule"),
    [
        ("guide.pdf", hostile.word(), "name"),
        ("guide.docx", hostile.zipped({"a.txt": b"a"}), "name"),
        ("guide.exe", hostile.pdf(), "name"),
        ("guide.pdf.html", hostile.pdf(), "name"),
        ("guide.pdf", b"MZ" + b"\x00" * 400, "type"),
        ("guide.pdf", b"<svg xmlns='http://www.w3.org/2000/svg'>%PDF-</svg>", "type"),
        ("guide.pdf", b"<html>%PDF-1.7 <script>alert(1)</script>", "type"),
        ("guide.zip", b"PK\x03\x04 not an archive", "type"),
        ("guide.docx", hostile.word(declared="document.macroEnabled.main+xml"), "type"),
        ("guide.zip", b"7z\xbc\xaf\x27\x1c" + b"\x00" * 100, "type"),
        ("guide.pdf", b"\x00\x01\x02\x03" * 100, "type"),
    ],
)
def test_a_file_whose_content_is_not_its_name_is_refused(keep: Any, name: str, data: bytes, rule: str) -> None:
    assert why(lambda: keep(name, data, **GUIDE))[0] == rule


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (hostile.zipped({"zeros": b"\x00" * (30 * MB)}), "unpacks to far more"),
        (hostile.overlapping_zip(), "unpacks to far more"),
        (hostile.zipped({"in.zip": hostile.zipped({"a": b"a"})}), "archive inside the archive"),
        (hostile.zipped({"in.pdf": hostile.zipped({"a": b"a"})}), "archive inside the archive"),
        (hostile.zipped({"../../etc/cron.d/x": b"a"}), "leads out of its folder"),
        (hostile.zipped({"C:\\windows\\x": b"a"}), "leads out of its folder"),
        (hostile.zipped({f"{n}": b"" for n in range(5001)}), "too many files"),
    ],
)
def test_an_archive_that_explodes_nests_or_escapes_is_refused(keep: Any, data: bytes, words: str) -> None:
    rule, sentence = why(lambda: keep("a.zip", data, **GUIDE))

    assert rule == "archive"
    assert words in sentence


def test_a_document_that_explodes_is_refused_too(keep: Any) -> None:
    data = hostile.zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b" " * (40 * MB)})

    assert why(lambda: keep("a.docx", data, **GUIDE))[0] == "archive"


def test_links_in_a_tar_are_refused(keep: Any) -> None:
    data = hostile.tarred({"a": b"a"}, links={"passwords": "/etc/passwd"})

    rule, sentence = why(lambda: keep("a.tar.gz", data, purpose="x", types=("tar.gz",), most_bytes=MB))
    assert (rule, "links" in sentence) == ("archive", True)


@pytest.mark.parametrize(
    ("name", "data", "notes"),
    [
        ("a.docx", hostile.word(macros=True), ["macros"]),
        ("a.doc", hostile.old_word(macros=True), ["macros"]),
        ("a.doc", hostile.old_word(), []),
        ("a.pdf", hostile.pdf(b"/OpenAction<</S/JavaScript/JS(app.alert(1))>>"), ["active"]),
        ("a.rar", b"Rar!\x1a\x07\x00" + b"\x00" * 40, ["unopened"]),
    ],
)
def test_macros_scripts_and_what_cannot_be_opened_are_noted(
    keep: Any, name: str, data: bytes, notes: list[str]
) -> None:
    assert keep(name, data, **GUIDE).notes == notes


def test_texts_keep_the_kind_that_their_name_says(keep: Any) -> None:
    rules = {"purpose": "prices", "types": ("csv", "txt"), "most_bytes": MB}

    assert keep("prices.csv", b"a,b\n1,2\n", **rules).media_type == "text/csv"
    assert why(lambda: keep("prices.csv", b"<html><body>", **rules))[0] == "type"
    assert why(lambda: keep("prices.csv", b"a\x00b", **rules))[0] == "type"


# ----- names -----


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\ada\\guide.pdf", "guide.pdf"),
        ("guide\u202efdp.exe.pdf", "guidefdp.exe.pdf"),
        ("gu\u200bide\ufeff.pdf", "guide.pdf"),
        ("a\x00b\r\n.pdf", "ab.pdf"),
        ("con.pdf", "_con.pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ("说明书.pdf", "说明书.pdf"),
        ("..", "file"),
        ("\u202e", "file"),
    ],
)
def test_names_lose_path_parts_and_what_nobody_sees(given: str, kept: str) -> None:
    assert files.clean_name(given) == kept


def test_a_name_that_reads_backwards_is_kept_as_what_it_is(keep: Any) -> None:
    # shows as "guideexe.pdf" in a careless list; what it holds is a document, and its name says so
    assert keep("guide\u202efdp.pdf", hostile.pdf(), **GUIDE).name == "guidefdp.pdf"
    assert why(lambda: keep("guide\u202efdp.exe", hostile.pdf(), **GUIDE))[0] == "name"


# ----- whose they are -----


def test_a_private_file_is_for_its_account_and_the_operator(
    keep: Any, bruno: Person, olga: Person, xavier: Person
) -> None:
    row = keep("guide.pdf", hostile.pdf(), **GUIDE | {"purpose": "release"})

    assert files.file_for(bruno.actor, row.public_id) == row
    assert files.file_for(bruno.colleague("Bea", "SellerAdmin").actor, row.public_id) == row
    assert files.file_for(olga.actor, row.public_id) == row
    assert files.file_for(SYSTEM, row.public_id) == row
    for stranger in (xavier.actor, type(xavier.actor)()):
        with pytest.raises(NotFound):
            files.file_for(stranger, row.public_id)
    with pytest.raises(NotFound):
        files.file_for(bruno.actor, "fil_unknown")
    assert files.files_of(xavier.actor, [row.public_id]) == {}
    assert list(files.files_of(bruno.actor, [row.public_id])) == [row.public_id]


@pytest.mark.parametrize(
    ("purpose", "account", "operator"),
    [
        ("registration", {"BuyerAdmin"}, {"OperatorFinance"}),
        ("profile", {"BuyerAdmin"}, {"OperatorFinance"}),
        ("name", {"BuyerAdmin"}, {"OperatorFinance"}),
        ("storefront", {"BuyerAdmin"}, {"OperatorFinance"}),
        ("test_coupon", {"SellerSales"}, {"OperatorFinance"}),
        ("asset", {"SellerPublisher", "SellerSales"}, {"OperatorCatalogue"}),
        ("release", {"SellerPublisher", "SellerSales"}, {"OperatorCatalogue"}),
        ("removal", {"SellerPublisher", "SellerSales"}, {"OperatorCatalogue"}),
        ("unheard-of", set(), set()),
    ],
)
def test_who_reads_a_private_file_depends_on_its_purpose(
    keep: Any, bruno: Person, olga: Person, purpose: str, account: set[str], operator: set[str]
) -> None:
    row = keep("guide.pdf", hostile.pdf(), **GUIDE | {"purpose": purpose})

    def readers(person: Person, *roles: str) -> set[str]:
        found = set()
        for role in roles:
            actor = person.colleague(role, role).actor
            if files.readable_files(actor, [row.public_id]):
                assert files.file_for(actor, row.public_id) == row
                found.add(role)
            else:
                with pytest.raises(NotFound):
                    files.file_for(actor, row.public_id)
        return found

    roles = ("BuyerAdmin", "BuyerPurchaser", "SellerPublisher", "SellerSales")
    assert readers(bruno, *roles) == account
    roles = ("OperatorSupport", "OperatorFinance", "OperatorCatalogue", "OperatorReadOnly")
    assert readers(olga, *roles) == operator
    assert files.file_for(bruno.actor, row.public_id) == row  # it is bruno's own


def test_one_s_own_file_is_readable_only_from_the_account_that_it_was_given_to(bruno: Person, xavier: Person) -> None:
    ben = bruno.colleague("Ben", "BuyerReadOnly")
    content = files.Content("guide.pdf", hostile.pdf())
    row = files.store(ben.actor, content, at=NOW, **GUIDE)

    assert files.file_for(ben.actor, row.public_id) == row
    ben.user.memberships.update(account=xavier.account)
    with pytest.raises(NotFound):
        files.file_for(Person(ben.user, xavier.account).actor, row.public_id)


def test_a_public_file_is_for_everybody(keep: Any, xavier: Person) -> None:
    row = keep("logo.png", hostile.picture(), is_public=True, **LOGO)

    assert files.file_for(xavier.actor, row.public_id) == row


@pytest.mark.django_db(transaction=True)
def test_a_forgotten_file_is_gone_from_the_storage(keep: Any) -> None:
    row = keep("guide.pdf", hostile.pdf(), **GUIDE)
    files.forget(row)

    with pytest.raises(NotFound):
        files.open_file(row)


def test_nothing_of_the_name_is_in_the_place(keep: Any) -> None:
    row = keep("../../x.pdf", hostile.pdf(), **GUIDE)

    assert row.place == f"2027/03/{row.public_id}"


# ----- the virus scanner -----


class Finds(antivirus.NoScanner):
    def scan(self, content: Any, size: int) -> antivirus.Verdict:
        if hostile.EICAR in content.read():
            return antivirus.Verdict("infected", "Eicar-Test", "ClamAV")
        return antivirus.Verdict("clean", "", "ClamAV")


def test_what_the_virus_scanner_finds_is_not_kept(keep: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(antivirus, "quick", Finds)

    rule, sentence = why(lambda: keep("a.pdf", hostile.pdf(hostile.EICAR), **GUIDE))
    assert (rule, "Eicar-Test" in sentence) == ("virus", True)
    assert keep("b.pdf", hostile.pdf(), **GUIDE).scan == "clean"


def test_without_a_scanner_the_file_says_that_it_was_not_scanned(keep: Any, settings: Any) -> None:
    settings.GALLERIA_CLAMAV = "off"
    row = keep("a.pdf", hostile.pdf(), **GUIDE)

    assert (row.scan, row.scan_note) == ("not_scanned", "no virus scanner is installed")


def test_a_refusal_names_the_field_of_the_form(bruno: Person, at: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        files.store(bruno.actor, files.Content("a.png", b""), at=at, field="logo", **LOGO)
    assert list(refusal.value.fields) == ["logo"]


# ----- what a failed transaction leaves behind -----


def test_bytes_that_no_row_names_go_after_a_day_and_nothing_else_does(keep: Any, bruno: Person, at: Any) -> None:
    class Stopped(Exception):
        pass

    before = {path for path in folder().rglob("fil_*") if path.is_file()}
    row = keep("kept.pdf", hostile.pdf(), **GUIDE)
    with pytest.raises(Stopped), transaction.atomic():
        keep("lost.pdf", hostile.pdf(), **GUIDE)
        raise Stopped
    (folder() / "2027" / "03" / "readme.txt").write_text("not ours")
    made = {path for path in folder().rglob("fil_*") if path.is_file()} - before
    (lost,) = [path for path in made if path.name != row.public_id]

    tidying.tidy()
    assert lost.exists()  # its transaction might still be under way
    for path in (lost, folder() / row.place, folder() / "2027" / "03" / "readme.txt"):
        os.utime(path, (1_000_000, 1_000_000))
    assert tidying.tidy() >= 1
    assert not lost.exists()
    assert (folder() / row.place).exists()
    assert (folder() / "2027" / "03" / "readme.txt").exists()


def folder() -> Path:
    from django.conf import settings

    return Path(settings.GALLERIA_DATA_DIR) / "files"


# ----- files that somebody bent -----

BENT = (
    ("a.png", hostile.picture(40, 30)), ("a.jpg", hostile.picture(60, 40, "JPEG", comment=b"x")),
    ("a.gif", hostile.moving(2, 20, 20)), ("a.zip", hostile.zipped({"a": b"x" * 500, "b/c": b"y"})),
    ("a.tar.gz", hostile.tarred({"a": b"x" * 500}, links={"l": "a"})), ("a.docx", hostile.word(macros=True)),
    ("a.tar", hostile.tarred({"a": b"x" * 500}, mode="w")), ("a.doc", hostile.old_word(macros=True)),
)  # fmt: skip


@pytest.mark.parametrize(("name", "data"), BENT, ids=[name for name, _data in BENT])
def test_a_bent_file_is_taken_or_refused_and_never_a_fault(keep: Any, name: str, data: bytes) -> None:
    chance = random.Random(name)  # noqa: S311  the same files in every run
    types = tuple(files.TYPES)
    for _turn in range(120):
        bent = bytearray(data)
        for _change in range(chance.choice((1, 2, 8))):
            place = chance.randrange(min(len(bent), chance.choice((64, 400, 10_000))))
            bent[place] = chance.choice((0, 127, 255, chance.randrange(256)))
        if chance.random() < 0.2:
            del bent[chance.randrange(1, len(bent)) :]
        try:
            keep(name, bytes(bent), purpose="bent", types=types, most_bytes=MB)
        except files.FileRefused as refusal:
            assert refusal.rule in {"type", "name", "dimensions", "pixels", "broken", "archive"}
