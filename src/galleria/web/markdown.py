"""Markdown of agreements and other kept texts as cleaned HTML; headings begin below the page's own."""

from __future__ import annotations

from markupsafe import Markup

from galleria.publishing.selectors import html_of


def to_html(text: str) -> Markup:
    """Cleaned HTML: no raw HTML, no scripts, links to https and mail only."""
    return Markup(html_of(text))  # noqa: S704  # cleaned by nh3
