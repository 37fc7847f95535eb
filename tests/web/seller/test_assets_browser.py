"""Uploading in a real browser: in pieces, through an interruption, and without scripts (S-AST-003, UI-GEN-06)."""

from __future__ import annotations

import os
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.web.browser import Browsing, needs_chromium

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_chromium]


def draft(page: Any, browsing: Browsing, name: str) -> None:
    """A new package, at its version's page."""
    page.goto(browsing.url("/seller/assets/new?kind=package"))
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Add").click()
    page.get_by_label("Choose the file").wait_for()


def package(folder: Path, size: int) -> str:
    path = folder / "agent.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("agent/data", os.urandom(size))
    return str(path)


@pytest.mark.req("S-AST-003")
def test_an_upload_survives_a_broken_connection_and_a_closed_page(browsing: Browsing, tmp_path: Path) -> None:
    page = browsing.page("bruno")
    draft(page, browsing, "Interrupted")
    file = package(tmp_path, 14_000_000)
    lost = []

    def lose_some(route: Any) -> None:
        if route.request.method == "PUT" and not lost:
            lost.append(route.request.url)
            route.abort()
        elif "offset=8388608" in route.request.url:
            lost.append(route.request.url)  # the third piece never gets through while this page is open
            route.abort()
        else:
            route.continue_()

    page.route("**/seller/assets/uploads/*", lose_some)
    page.set_input_files("#file", file)
    page.get_by_role("button", name="Upload").click()
    for _turn in range(200):  # the policy of our pages lets no script of the test's wait in them
        if page.evaluate("document.querySelector('progress').value") > 50 and len(lost) > 1:
            break
        page.wait_for_timeout(100)
    address = page.url
    page.on("dialog", lambda dialog: dialog.accept())  # "leave the page?"
    page.goto("about:blank")
    page.unroute_all(behavior="ignoreErrors")  # not before: another try would get through

    again = browsing.page("bruno")
    again.goto(address)
    notice = again.get_by_text("An upload stopped: agent.zip")
    assert re.search(r"8\.4.MB of 14\.0.MB", notice.inner_text())
    sent: list[str] = []
    again.on("request", lambda request: sent.append(request.url) if request.method == "PUT" else None)
    again.set_input_files("#file", file)
    again.get_by_role("button", name="Upload").click()
    again.get_by_text("SHA-256").first.wait_for()
    assert [url.partition("?")[2] for url in sent] == ["offset=8388608", "offset=12582912"]
    # The browser tells of every connection that broke; they were broken on purpose.
    assert [said for said in browsing.told() if "Failed to load resource" not in said] == []


@pytest.mark.req("S-AST-003")
def test_what_is_refused_is_said_beside_the_file(browsing: Browsing, tmp_path: Path) -> None:
    page = browsing.page("bruno")
    draft(page, browsing, "Refused")
    wrong = tmp_path / "my agent.zip"
    wrong.write_bytes(b"PK")
    page.set_input_files("#file", str(wrong))
    page.get_by_role("button", name="Upload").click()
    page.get_by_text("Name the file with letters").wait_for()
    assert page.get_by_role("button", name="Upload").is_enabled()

    program = tmp_path / "agent.zip"
    program.write_bytes(b"MZ" + b"\x00" * 500)
    page.set_input_files("#file", str(program))
    page.get_by_role("button", name="Upload").click()
    page.get_by_text("The file holds a program; only ZIP, TAR, TAR.GZ can be used.").wait_for()


@pytest.mark.req("UI-GEN-06")
def test_without_scripts_the_form_sends_the_file(browsing: Browsing, tmp_path: Path) -> None:
    page = browsing.page("bruno", java_script_enabled=False)
    draft(page, browsing, "Plain")
    page.set_input_files("#file", package(tmp_path, 300_000))
    page.get_by_role("button", name="Upload").click()
    page.get_by_text("The file is here. Have it scanned when you are ready.").wait_for()
