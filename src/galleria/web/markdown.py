"""Markdown of agreements and other kept texts as cleaned HTML."""

from __future__ import annotations

from markupsafe import Markup

from galleria.publishing.selectors import html_of


def to_html(text: str, top: int = 2) -> Markup:
    """Cleaned HTML: no raw HTML, no scripts, links to https and mail only; headings begin at level `top`."""
    return Markup(html_of(text, top))  # noqa: S704  # cleaned by nh3
