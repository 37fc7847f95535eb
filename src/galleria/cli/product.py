"""`galleria product`: a seller's product as a file. Pull it, plan a change, apply it to a draft, submit it."""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from galleria.cli import options, product_upgrades
from galleria.cli.marketplace import Marketplace, Told, part

NOTHING, WRONG, DIFFERENT = 0, 1, 2
HEAD = """# A product of a Galleria marketplace. See docs/how-to/sell-by-file.md.
# `galleria product plan FILE` says what differs from what is on sale; `apply` writes it into a draft;
# `submit` sends it in.
"""
_SHOWN = 200


def run(arguments: list[str]) -> int:
    """0: nothing to do, or done; 1: something is wrong; 2: `plan` found differences."""
    given = _parser().parse_args(arguments)
    try:
        return _COMMANDS[given.what](Marketplace.of(given.url, given.key), given)
    except Told as told:
        print(f"galleria product: {told}", file=sys.stderr)
        for name, text in (told.body.get("fields") or {}).items():
            print(f"  {name}: {text}", file=sys.stderr)
        return WRONG


def _parser() -> argparse.ArgumentParser:
    parser = options.parser("product", "A seller's product as a file: pull, plan, apply, submit.")
    which = parser.add_subparsers(dest="what", required=True)
    texts = {
        "pull": "write a product of yours into a file",
        "plan": "say what differs between a file and what is on sale",
        "apply": "write a file into a draft, and say what the rules find",
        "submit": "apply a file and send the draft in for review",
    }
    for name, text in texts.items():
        each = which.add_parser(name, help=text, description=text[:1].upper() + text[1:] + ".", allow_abbrev=False)
        if name == "pull":
            each.add_argument("product", help="slug or id of the product")
            each.add_argument("-o", "--output", type=Path, metavar="FILE", help="file (default: SLUG.yaml)")
        else:
            each.add_argument("file", type=Path, help="the product's file")
        if name in {"apply", "submit"}:
            each.add_argument("--notes", default=None, help="what changed, for reviewers and buyers")
        each.add_argument("--url", default="", help="address of the marketplace (default: MARKET_URL)")
        each.add_argument("--key", default="", help="API key of your account (default: MARKET_KEY)")
        each.add_argument("--json", action="store_true", help="one JSON object instead of sentences")
    return parser


# ----- the file -----


def to_yaml(document: dict[str, Any]) -> str:
    """A document as readable YAML; `read` gives the same document back."""
    import yaml

    class Dumper(yaml.SafeDumper):
        """Long texts stand as they are, not in one line."""

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        style = "|" if "\n" in value and value == value.strip("\n") and " \n" not in value else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    Dumper.ignore_aliases = lambda _self, _data: True  # type: ignore[assignment,method-assign]
    return HEAD + yaml.dump(document, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=110)


def _parsed(path: Path) -> Any:
    from galleria.publishing.catalogue_file.yaml_text import parse

    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Told(f"{path} cannot be read: {error}") from None
    found = parse(text.removeprefix("\ufeff"), str(path))
    if found.problems:
        raise Told("\n".join(str(problem) for problem in found.problems[:_SHOWN]))
    if not isinstance(found.data, dict):
        raise Told(f"{path} is not a product: it begins with fields such as name and delivery")
    return found


def read(path: Path) -> dict[str, Any]:
    """The document of a file in its shortest form; local files keep their paths. Raises Told with line and field."""
    from pydantic import ValidationError

    from galleria.publishing.catalogue_file import plain, reading, schema
    from galleria.releasing.rules import form

    found = _parsed(path)
    found.data = {name: value for name, value in found.data.items() if name != product_upgrades.NAME}
    data = _with_stand_ins(found.data)
    try:
        product = form.product_of(data)
    except ValidationError as error:
        for details in error.errors(include_url=False):
            place = tuple(each for each in details["loc"] if not str(each).startswith("function-"))
            if details["type"] != "missing":
                found.problem(place, reading.message_of(details, schema.Product))
        if not found.problems:  # only something is missing: a draft may be incomplete
            return with_slug(dict(typed(found.data)))
        raise Told("\n".join(str(problem) for problem in sorted(set(found.problems))[:_SHOWN])) from None
    document = plain.document(product)
    if not found.data.get("slug"):
        document.pop("slug", None)
    return with_slug(dict(restored(document, found.data)))


def with_slug(document: dict[str, Any]) -> dict[str, Any]:
    """With the address made of the name where none is given: so the same file finds its draft and its product again."""
    from galleria.releasing.rules.form import slug_from
    from galleria.releasing.rules.found import english

    slug = document.get("slug") or slug_from(english(document.get("name")))
    return {"slug": slug, **document} if slug else document


LOCAL = "fil_0"
"""Stands for a file beside the product's file until it is uploaded."""


def local_files(value: Any) -> list[str]:
    """Every path of a file beside the product's file: texts that begin with `./`."""
    if isinstance(value, str):
        return [value] if value.startswith("./") and "\n" not in value else []
    rows = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [path for each in rows for path in local_files(each)]


def _with_stand_ins(value: Any) -> Any:
    if isinstance(value, str):
        return LOCAL if value.startswith("./") and "\n" not in value else value
    if isinstance(value, dict):
        return {key: _with_stand_ins(each) for key, each in value.items()}
    return [_with_stand_ins(each) for each in value] if isinstance(value, list) else value


def restored(document: Any, source: Any) -> Any:
    """The document with the paths of local files where they stood."""
    if document == LOCAL and isinstance(source, str):
        return source
    if isinstance(document, dict) and isinstance(source, dict):
        return {key: restored(each, source.get(key)) for key, each in document.items()}
    if isinstance(document, list) and isinstance(source, list) and len(document) == len(source):
        return [restored(each, other) for each, other in zip(document, source, strict=True)]
    return document


_WHOLE = {
    "trial_days",
    "delivery_days",
    "minimum",
    "maximum",
    "step",
    "up_to",
    "included",
    "per_account",
    "days",
    "terms",
}


def typed(value: Any, name: str = "") -> Any:
    """An incomplete document with whole numbers and yes or no where they belong; YAML gave texts."""
    if isinstance(value, dict):
        return {key: typed(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [typed(each, name) for each in value]
    if isinstance(value, str) and name in _WHOLE and value.isdigit():
        return int(value)
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


class Uploads:
    """Files beside the product's file, uploaded once: which id each content got is kept in `FILE.files.json`."""

    def __init__(self, file: Path) -> None:
        self.folder, self.kept = file.resolve().parent, file.with_name(f"{file.name}.files.json")
        self.ids: dict[str, str] = json.loads(self.kept.read_text("utf-8")) if self.kept.exists() else {}

    def digest(self, name: str) -> tuple[str, bytes]:
        """The content of a local file with its digest. Raises Told."""
        path = (self.folder / name).resolve()
        if not path.is_relative_to(self.folder):
            raise Told(f"{name} is outside the folder of the product's file")
        try:
            data = path.read_bytes()
        except OSError as error:
            raise Told(f"{name} cannot be read: {error.strerror or error}") from None
        return hashlib.sha256(data).hexdigest(), data

    def known(self, document: Any) -> Any:
        """The document with the ids of files that were uploaded before."""
        return self._put(document, {name: self.ids.get(self.digest(name)[0], name) for name in local_files(document)})

    def uploaded(self, market: Marketplace, document: Any) -> Any:
        """The document with ids for all local files; new ones are uploaded."""
        for name in dict.fromkeys(local_files(document)):
            digest, data = self.digest(name)
            if digest not in self.ids:
                body = {"name": Path(name).name, "content": base64.b64encode(data).decode()}
                self.ids[digest] = market.ask("POST", "/seller/files", body)["id"]
                self.kept.write_text(json.dumps(self.ids, indent=1) + "\n", "utf-8")
        return self.known(document)

    def _put(self, value: Any, names: dict[str, str]) -> Any:
        if isinstance(value, str):
            return names.get(value, value)
        if isinstance(value, dict):
            return {key: self._put(each, names) for key, each in value.items()}
        return [self._put(each, names) for each in value] if isinstance(value, list) else value


# ----- commands -----


def pull(market: Marketplace, given: argparse.Namespace) -> int:
    """Write a product into a file."""
    found = market.get(f"/seller/products/{part(given.product)}")
    file: Path = given.output or Path(f"{found['slug']}.yaml")
    upgrades = product_upgrades.as_file(product_upgrades.live(market, found["id"]))
    written = {**found["document"], product_upgrades.NAME: upgrades} if upgrades else found["document"]
    file.write_text(to_yaml(written), "utf-8")
    if given.json:
        print(json.dumps({"product": found["id"], "slug": found["slug"], "file": str(file)}))
    else:
        print(f"{found['name']} ({found['state']}) is in {file}")
    return NOTHING


def _live(market: Marketplace, document: dict[str, Any]) -> dict[str, Any] | None:
    """What is on sale under the document's slug; None for a new product."""
    slug = document.get("slug")
    if not slug:
        return None
    try:
        found: dict[str, Any] = market.get(f"/seller/products/{part(str(slug))}")
    except Told as told:
        if told.status == 404:
            return None
        raise
    return found


def with_history(document: dict[str, Any], live: dict[str, Any] | None) -> dict[str, Any]:
    """With the list of released versions, which the marketplace keeps, where the file leaves it out."""
    versions = live["document"].get("versions") if live else None
    return {**document, "versions": versions} if versions and "versions" not in document else document


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What changes, a line each."""
    from galleria.releasing.rules.difference import changes, in_words

    return [in_words(each) for each in changes(before, after)]


def plan(market: Marketplace, given: argparse.Namespace) -> int:
    """0: the file says what is on sale; 2: it does not."""
    document = Uploads(given.file).known(read(given.file))
    live = _live(market, document)
    document = with_history(document, live)
    found = differences(live["document"] if live else {}, document)
    upgrades = product_upgrades.given_in(_parsed(given.file).data)
    if upgrades is not None:
        held = product_upgrades.live(market, live["id"]) if live else None
        found += product_upgrades.differences(upgrades, held)
    if given.json:
        told = {"product": live["id"] if live else None, "is_new": live is None, "changes": found}
        print(json.dumps(told, ensure_ascii=False))
    elif not found:
        print("No differences: the product on sale is what the file says.")
    else:
        print("This is a new product:" if live is None else f"{live['name']} would change:")
        for line in found[:_SHOWN]:
            print(f"  {line}")
        if len(found) > _SHOWN:
            print(f"  … and {len(found) - _SHOWN} more")
    return DIFFERENT if found else NOTHING


def apply(market: Marketplace, given: argparse.Namespace) -> int:
    """Write the file into a draft; upgrades hold at once."""
    release = _applied(market, given)
    upgrades = _upgraded(market, given)
    if release is None:
        return _nothing(given, upgrades)
    checks = market.get(f"/seller/releases/{release['id']}/checks")
    if given.json:
        told = {"release": release["id"], "state": release["state"], "upgrades": upgrades, **checks}
        print(json.dumps(told, ensure_ascii=False))
    else:
        print(f"The draft {release['id']} says what the file says.")
        _show(checks["findings"])
        if checks["can_submit"]:
            print("It can be submitted.")
    return NOTHING


def submit(market: Marketplace, given: argparse.Namespace) -> int:
    """Write the file into a draft and send it in; upgrades hold at once."""
    release = _applied(market, given)
    upgrades = _upgraded(market, given)
    if release is None:
        return _nothing(given, upgrades)
    try:
        found = market.ask("POST", f"/seller/releases/{release['id']}/submit", {})
    except Told as told:
        rows = told.body.get("findings") or []
        _show([dict(zip(("path", "level", "code", "message"), row, strict=True)) for row in rows])
        raise Told(str(told), status=told.status, code=told.code) from None
    told_due = f"; a decision is promised until {found['due_at']}" if found.get("due_at") else ""
    return _say(
        given, f"{release['id']} is {found['state']}{told_due}.", {"release": found["id"], "state": found["state"]}
    )


def _nothing(given: argparse.Namespace, upgrades: int | None) -> int:
    told = {"release": None, "upgrades": upgrades}
    if upgrades is not None:
        return _say(given, "Nothing to review: everything else is on sale as the file says.", told)
    return _say(given, "Nothing to do: the product on sale is what the file says.", told)


def _upgraded(market: Marketplace, given: argparse.Namespace) -> int | None:
    """Bring the upgrades of the product on sale to what the file says: how many there are, None when nothing changed.

    A product that is not on sale yet has none: the same file is applied again after its approval.
    """
    found = _parsed(given.file).data
    rows = product_upgrades.given_in(found)
    if rows is None:
        return None
    product = _live(market, found)
    if product is None:
        if rows and not given.json:
            print("Upgrades are set once the product is on sale: apply the file again then.")
        return None
    count = product_upgrades.put(market, product["id"], rows)
    if count is not None and not given.json:
        print(f"Buyers are offered {count} upgrades from now on.")
    return count


def _applied(market: Marketplace, given: argparse.Namespace) -> dict[str, Any] | None:
    """The draft with the file's document; None when it is on sale already as the file says."""
    uploads = Uploads(given.file)
    document = read(given.file)
    live = _live(market, uploads.known(document))
    document = with_history(uploads.uploaded(market, document), live)
    if live is not None and live["document"] == document:
        return None
    release = _draft(market, document, live)
    body = {"document": document, "version": release["version"], "notes": given.notes}
    saved: dict[str, Any] = market.ask("PUT", f"/seller/releases/{release['id']}", body)
    return saved


def _draft(market: Marketplace, document: dict[str, Any], live: dict[str, Any] | None) -> dict[str, Any]:
    """The draft to write into: the product's open one, one with the same slug, or a new one."""
    found: dict[str, Any]
    if live is not None:
        source = "rejected" if any(each["state"] == "rejected" for each in live["releases"]) else "product"
        found = market.ask("POST", "/seller/releases", {"source": source, "product": live["id"]})
        if found["state"] == "pending":
            raise Told(f"{found['id']} waits for a decision; withdraw it first", status=409)
        return found
    if document.get("slug"):
        rows = market.get(f"/seller/releases?slug={part(str(document['slug']))}")["items"]
        for state in ("pending", "rejected", "draft"):
            for row in rows:
                if row["state"] == "pending" == state:
                    raise Told(f"{row['id']} waits for a decision; withdraw it first", status=409)
                if row["state"] == state:
                    found = market.get(f"/seller/releases/{row['id']}")
                    return found
    delivery = str(document.get("delivery", ""))
    model = str(document.get("sales_model", "partner"))
    found = market.ask("POST", "/seller/releases", {"source": "scratch", "delivery": delivery, "sales_model": model})
    return found


def _say(given: argparse.Namespace, words: str, told: dict[str, Any]) -> int:
    print(json.dumps(told) if given.json else words)
    return NOTHING


def _show(findings: list[dict[str, Any]]) -> None:
    for each in findings[:_SHOWN]:
        print(f"  {each['level']:7} {each['path'] or 'the whole'}: {each['message']}")


_COMMANDS = {"pull": pull, "plan": plan, "apply": apply, "submit": submit}
