"""How a test uses a page: with the mouse, or by keyboard alone; in any language of the pages.

`hand.press`, `type`, `tick`, `choose` find things by role and by the words of the page (`hand.t` translates ours).
By keyboard everything is reached with Tab, and whatever is reached must show its focus and stand in view
(UI-A11Y-02, UI-A11Y-03).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from django.utils import translation

MOST_TABS = 220
FOCUSED = """(wanted) => {
  const at = document.activeElement;
  if (wanted !== at && !(at.type === "radio" && at.name === wanted.name)) return "";
  const ringed = (e) => {
    const style = getComputedStyle(e);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  };
  const around = at.closest("label") || at.parentElement;
  if (!ringed(at) && !ringed(around)) return "no ring";
  const box = at.getBoundingClientRect();
  if (box.bottom <= 0 || box.top >= innerHeight) return "out of view";
  const y = (Math.max(0, box.top) + Math.min(innerHeight, box.bottom)) / 2; // of what can be seen of a tall one
  const x = Math.max(0, Math.min(box.left + box.width / 2, innerWidth - 1));
  const top = document.elementFromPoint(x, y);
  return top && (at.contains(top) || around.contains(top)) ? "seen" : "covered by " + top?.outerHTML.slice(0, 80);
}"""


@dataclass
class Hand:
    """One person before one page."""

    page: Any
    language: str = "en"
    by_keyboard: bool = False
    scripts: bool = True
    hidden: list[str] = field(default_factory=list)  # what was reached without a visible focus

    # ----- words -----

    def t(self, words: str, /, context: str = "", **values: Any) -> str:
        """A text of ours in the language of the page."""
        with translation.override(self.language):
            found = translation.pgettext(context, words) if context else translation.gettext(words)
        return found % values if values else found

    def button(self, words: str, **values: Any) -> Any:
        return self._one("button", words, values)

    def link(self, words: str, **values: Any) -> Any:
        return self._one("link", words, values)

    def _one(self, role: str, words: str, values: dict[str, Any]) -> Any:
        found = self.page.get_by_role(role, name=self.t(words, **values), exact=not values.pop("part", False))
        return found.locator("visible=true").first

    def field(self, words: str, **values: Any) -> Any:
        return self.page.get_by_label(self.t(words, **values), exact=True).locator("visible=true").first

    def heading(self) -> str:
        """The words of the page's main heading, without breaks."""
        return re.sub(r"\s+", " ", self.page.locator("h1").inner_text())

    def text(self) -> str:
        """All words of the page's main part."""
        return re.sub(r"\s+", " ", self.page.locator("main").inner_text())

    # ----- acts -----

    def press(self, what: Any) -> None:
        """Use a button, a link or a summary."""
        if self.by_keyboard:
            self.reach(what)
            self.page.keyboard.press("Enter")
        else:
            what.click()

    def follow(self, what: Any) -> None:
        """Press something that leads to another page, and wait for that page."""
        with self.page.expect_navigation(wait_until="load"):
            self.press(what)

    def type(self, what: Any, text: str) -> None:
        if self.by_keyboard:
            self.reach(what)
            self.page.keyboard.press("Control+a")
            self.page.keyboard.type(text)
        else:
            what.fill(text)

    def tick(self, what: Any) -> None:
        """Tick a box, or choose one of several."""
        if not self.by_keyboard:
            what.check()
            return
        self.reach(what)
        if what.get_attribute("type") == "radio":
            for _turn in range(20):
                if what.is_checked():
                    return
                self.page.keyboard.press("ArrowDown")
        else:
            self.page.keyboard.press("Space")
        assert what.is_checked()

    def choose(self, what: Any, label: str) -> None:
        """Choose from a list by its words."""
        if self.by_keyboard:
            self.reach(what)
            self.page.keyboard.type(label)
        else:
            what.select_option(label=label)

    def reach(self, what: Any) -> None:
        """Go to it with Tab, and see that the focus is seen."""
        wanted = what.element_handle()
        for _turn in range(MOST_TABS):
            state = self.page.evaluate(FOCUSED, wanted)
            if state:
                if state != "seen":
                    self.hidden.append(f"{self.page.url}: {wanted.evaluate('(e) => e.outerHTML')[:120]}: {state}")
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"not reached with {MOST_TABS} tabs: {wanted.evaluate('(e) => e.outerHTML')[:200]}")
