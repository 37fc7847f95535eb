"""`galleria seller-check`: the debugging console for a seller's own machine and continuous integration."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import cast
from xml.etree import ElementTree

from galleria.cli import options
from galleria.connecting import checking, probing
from galleria.connecting.checking import Check, Plan
from galleria.delivering.adapters.saas_v2 import client, signature
from galleria.kit import outgoing

PASSED, FAILED, WRONG_USE, UNREACHABLE = 0, 1, 2, 3
_MARKS = {"passed": "ok", "failed": "FAILED", "warning": "warning", "skipped": "skipped"}


def run(arguments: list[str]) -> int:
    """0: every check passed; 1: something failed; 2: wrong use; 3: the server cannot be reached."""
    parser = _parser()
    given = parser.parse_args(arguments)
    key = given.key or os.environ.get("GALLERIA_SELLER_KEY", "")
    if key == "-":
        key = sys.stdin.readline().strip()
    if not key:
        parser.error("give the interface key with --key, or in GALLERIA_SELLER_KEY")
    only = frozenset(name for text in given.only for name in text.replace(",", " ").split())
    unknown = sorted(name for name in only if probing.as_activity(name) is None)
    if unknown:
        parser.error(f"there is no activity {', '.join(unknown)}; there are {', '.join(probing.ORDER)}")
    begun = time.monotonic()
    plan = _plan(given, key, only)
    checks = []
    if not given.json:
        print(f"{given.address}\n")
    for check in checking.run(plan):
        checks.append(check)
        if not given.json and check.outcome != "skipped":
            _show(check)
    seconds = time.monotonic() - begun
    status = _status(checks)
    if given.json:
        print(json.dumps(_as_json(given.address, checks, seconds, status), ensure_ascii=False, indent=1))
    else:
        if reason := next((check.note for check in checks if check.outcome == "skipped"), ""):
            print(f"  The rest was not tried: {reason}.")
        print(f"\n{_summary(checks)} in {seconds:.1f} s")
    if given.junit:
        given.junit.write_bytes(_junit(given.address, checks, seconds))
    return status


def _parser() -> argparse.ArgumentParser:
    parser = options.parser(
        "seller-check",
        "Calls a seller's server as the marketplace does (SaaS 2.0, testFlag 1) and says what is wrong. Needs no"
        " account and no database. Exit status: 0 all passed, 1 something failed, 2 wrong use, 3 not reachable.",
    )
    add = parser.add_argument
    add("address", help="the production address, such as https://saas.example.com/produce")
    add("--key", metavar="KEY", help="interface key; - reads it from standard input (or set GALLERIA_SELLER_KEY)")
    add("--only", action="append", default=[], metavar="ACTIVITY", help="only these, separated by commas")
    add("--order-id", default=probing.ORDER_ID, metavar="ID", help=f"order of newInstance (default {probing.ORDER_ID})")
    add("--instance-id", default="", metavar="ID", help="instance for --only without newInstance")
    add("--notices", action="store_true", help="check orderNotify too")
    add("--variant", choices=signature.VARIANTS, default="standard", help="sign as this server reads the documents")
    add("--require-body-sign", action="store_true", help="answers must be signed (Body-Sign)")
    add("--timeout", type=float, default=outgoing.DEFAULT_SECONDS, metavar="SECONDS", help="limit of one call (5)")
    add("--ca", type=Path, metavar="FILE", help="trust this authority instead of the system's")
    add("--insecure-lab", action="store_true", help="allow http:// and addresses that are not public")
    add("--json", action="store_true", help="one JSON object instead of sentences")
    add("--junit", type=Path, metavar="FILE", help="write a JUnit report")
    return parser


def _plan(given: argparse.Namespace, key: str, only: frozenset[str]) -> Plan:
    everywhere = outgoing.networks(["0.0.0.0/0", "::/0"]) if given.insecure_lab else ()
    policy = outgoing.Policy(
        allowed_networks=everywhere, seconds=given.timeout, plain_http=given.insecure_lab,
        ca_file=str(given.ca) if given.ca else None,
    )  # fmt: skip
    settings = client.CallSettings(
        variant=cast(signature.Variant, given.variant), require_body_sign=given.require_body_sign, policy=policy
    )
    return Plan(given.address, key, only, given.order_id, given.instance_id, given.notices, settings)


def _status(checks: Iterable[Check]) -> int:
    found = list(checks)
    failed = [check for check in found if check.outcome == "failed"]
    if failed and any("cannot be reached" in check.note for check in found):
        return UNREACHABLE
    if len(failed) == 1 and len(found) == 1 and failed[0].http_status is None and not failed[0].result_code:
        return UNREACHABLE if failed[0].problem.split(":")[0] in checking.UNREACHABLE else FAILED
    return FAILED if failed else PASSED


def _show(check: Check) -> None:
    """One line, and under a failure what to do, the request to repeat it by hand, and the answer."""
    said = check.problem or check.note
    status, timing = str(check.http_status or ""), f"{check.milliseconds:>6} ms"
    print(f"  {_MARKS[check.outcome]:8} {check.name:30} {status:>4} {check.result_code:8} {timing}  {said}".rstrip())
    if check.outcome == "passed":
        return
    for title, text in (("do", check.hint), ("sent", check.curl), ("got", check.answer)):
        if text:
            print(f"{'':11}{title + ':':6}{text}")
    sys.stdout.flush()


def _summary(checks: list[Check]) -> str:
    counts = {outcome: sum(check.outcome == outcome for check in checks) for outcome in _MARKS}
    words = [f"{counts['passed']} passed"]
    others = (("failed", "failed"), ("warning", "with a warning"), ("skipped", "not tried"))
    words += [f"{counts[name]} {word}" for name, word in others if counts[name]]
    return ", ".join(words)


def _as_json(address: str, checks: list[Check], seconds: float, status: int) -> dict[str, object]:
    return {
        "address": address,
        "passed": status == PASSED,
        "status": status,
        "seconds": round(seconds, 3),
        "checks": [check.as_json() for check in checks],
    }


def _junit(address: str, checks: list[Check], seconds: float) -> bytes:
    """The report that CI servers read: one case for each check, warnings as system output."""
    failed = sum(check.outcome == "failed" for check in checks)
    skipped = sum(check.outcome == "skipped" for check in checks)
    suite = ElementTree.Element(
        "testsuite", name="galleria seller-check", tests=str(len(checks)), failures=str(failed), errors="0",
        skipped=str(skipped), time=f"{seconds:.3f}",
    )  # fmt: skip
    for check in checks:
        case = ElementTree.SubElement(
            suite, "testcase", classname=address, name=check.name, time=f"{check.milliseconds / 1000:.3f}"
        )
        details = "\n".join(text for text in (check.hint, check.curl, check.answer) if text)
        if check.outcome == "failed":
            ElementTree.SubElement(case, "failure", message=_printable(check.problem)).text = _printable(details)
        elif check.outcome == "skipped":
            ElementTree.SubElement(case, "skipped", message=check.note)
        elif check.outcome == "warning":
            text = f"warning: {check.problem}\n{details}"
            ElementTree.SubElement(case, "system-out").text = _printable(text)
    return bytes(ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True))


def _printable(text: str) -> str:
    """Without what XML cannot hold."""
    return "".join(c if c in "\t\n" or (c.isprintable() and c.isascii()) or ord(c) >= 0xA0 else "�" for c in text
                   if not 0xD800 <= ord(c) <= 0xDFFF and ord(c) not in (0xFFFE, 0xFFFF))  # fmt: skip
