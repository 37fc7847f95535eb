"""Reading pages in tests: their words, forms and links, without a browser."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any


@dataclass
class Form:
    """A form as a browser would send it: hidden and filled fields, ticked boxes."""

    action: str
    method: str
    fields: dict[str, Any] = field(default_factory=dict)
    boxes: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)

    def send(self, client: Any, **changes: Any) -> Any:
        """Post the form with changes; names with dots and dashes go in as a mapping `more`."""
        more = changes.pop("more", {})
        data = {**self.fields, **changes, **more}
        data.pop("csrfmiddlewaretoken", None)
        return client.post(self.action, {name: value for name, value in data.items() if value is not None})


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.by_id: dict[str, Form] = {}
        self.current: Form | None = None
        self.select = ""
        self.area = ""
        self.typed = ""
        self.area_form = Form("", "get")
        self.texts: list[str] = []
        self.skipped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in {"script", "style"}:
            self.skipped += 1
        if tag == "form":
            self.current = Form(given.get("action", ""), given.get("method", "get"))
            self.forms.append(self.current)
            self.by_id[given.get("id", "")] = self.current
        form = self.by_id.get(given.get("form", "")) if given.get("form") else self.current
        if form is None:
            return
        if tag == "input" and given.get("name"):
            self._input(form, given)
        elif tag == "textarea" and given.get("name"):
            form.fields[given["name"]] = ""
            self.area = given["name"]
            self.typed = ""
            self.area_form = form
        elif tag == "select":
            self.select = given.get("name", "")
        elif tag == "option" and self.select:
            form.choices.setdefault(self.select, []).append(given.get("value", ""))
            if "selected" in given or self.select not in form.fields:
                form.fields[self.select] = given.get("value", "")

    def _input(self, form: Form, given: dict[str, str]) -> None:
        name, kind, value = given["name"], given.get("type", "text"), given.get("value", "")
        if kind in {"checkbox", "radio"}:
            (form.boxes if kind == "checkbox" else {}).update({name: value})
            if kind == "radio":
                form.choices.setdefault(name, []).append(value)
            if "checked" in given and "disabled" not in given:
                ticked = form.fields.get(name) if kind == "checkbox" else None
                known = ticked if isinstance(ticked, list) else [ticked] if ticked else []
                form.fields[name] = [*known, value] if known else value
        else:
            form.fields[name] = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.current = None
        if tag == "textarea" and self.area:
            self.area_form.fields[self.area] = self.typed.removeprefix("\n")
            self.area = ""
        if tag == "select":
            self.select = ""
        if tag in {"script", "style"}:
            self.skipped -= 1

    def handle_data(self, data: str) -> None:
        if self.area:
            self.typed += data
        if not self.skipped:
            self.texts.append(data)


@dataclass
class Read:
    """A page that was read."""

    text: str
    forms: list[Form]
    html: str

    def form(self, action: str) -> Form:
        """The form that is sent to this address (its beginning)."""
        return next(form for form in self.forms if form.action.startswith(action))

    def has(self, *words: str) -> bool:
        """Whether all of these stand on the page."""
        return all(word in self.text for word in words)

    def link(self, words: str) -> str:
        """The address of the link with these words."""
        for address, inner in re.findall(r'<a\b[^>]*?href="([^"]*)"[^>]*>(.*?)</a>', self.html, re.DOTALL):
            if words in html.unescape(re.sub(r"<[^>]+>", "", inner)):
                return html.unescape(address)
        raise AssertionError(f"no link {words!r}")


def read(response: Any) -> Read:
    """Read a response; white space is made single."""
    content = response.content.decode()
    reader = _Reader()
    reader.feed(content)
    return Read(re.sub(r"[\s\u00a0]+", " ", " ".join(reader.texts)), reader.forms, content)
