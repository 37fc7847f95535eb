"""P6, help and legal texts."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from markupsafe import Markup

from galleria.buying import selectors as buying
from galleria.kit import clock, parameters
from galleria.kit.errors import NotFound
from galleria.kit.parameter_table import Parameter
from galleria.parties import selectors as parties
from galleria.publishing import rules, selectors
from galleria.subscribing import selectors as subscribing
from galleria.web import context
from galleria.web.context import Page
from galleria.web.formats import money_text, number
from galleria.web.markdown import to_html
from galleria.web.storefront.browse import public
from galleria.web.storefront.help_text import Topic
from galleria.web.storefront.help_topics import BY_SLUG, GROUPS, TASKS, TOPICS

parameters.define(
    Parameter("support.hotline", "text", "", gettext_lazy("Phone number of the operator’s hotline; empty: none")),
    Parameter("support.hotline_hours", "text", "", gettext_lazy("Hours of the hotline, with the time zone")),
    Parameter("imprint.text", "text", "", gettext_lazy("Imprint: name, address, register, who answers (Markdown)")),
)
OWN_TEXTS = ("ranking", "accessibility", "imprint")


_FIGURE = re.compile(r"\{([a-z_]+\.[a-z0-9_]+)\}")


def _filled(text: Any) -> str:
    """The text with the names of the site and its operator, and with the figures of settings that are in force."""
    site = settings.GALLERIA
    named = str(text).replace("{site}", site.site_name).replace("{operator}", site.operator_name)
    return _FIGURE.sub(lambda found: figure(parameters.definition(found[1])), named) if "{" in named else named


def figure(parameter: Parameter) -> str:
    """The value in force as a text shows it: without its unit, which the sentence says (S-FAQ-T1)."""
    value = parameters.get(parameter.key)
    match parameter.kind:
        case "flag":
            return _("yes") if value else _("no")
        case "whole" if value is not None:
            return number(value)
        case "money":
            return money_text(parameters.money(parameter.key))
        case "words" | "wholes":
            return ", ".join(str(each) for each in value)
    return str(value)


def _read(topic: Topic) -> dict[str, Any]:
    return {
        "slug": topic.slug,
        "title": _filled(topic.title),
        "paragraphs": [_filled(each) for each in topic.paragraphs],
        "steps": [_filled(each) for each in topic.steps],
        "acts": topic.acts,
        "permission": topic.permission,
    }


def _found(text: str) -> list[Topic]:
    """Topics that have all words, those with them in the title first."""
    wanted = set(rules.query_words(text))
    ranked = []
    for topic in TOPICS:
        title = set(rules.tokens(_filled(topic.title)))
        body = set(rules.tokens(" ".join(_filled(each) for each in (*topic.paragraphs, *topic.steps))))
        if wanted <= title | body:
            ranked.append((-len(wanted & title), topic))
    return [topic for _rank, topic in sorted(ranked, key=lambda pair: pair[0])] if wanted else []


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The entry page: tasks with where to act and what waits, ways to get help, all questions (B-SUP-001..003)."""
    page = context.of(request)
    text = request.GET.get("q", "").strip()[:100]
    values = {
        "text": text,
        "found": [_read(topic) for topic in _found(text)],
        "tasks": TASKS,
        "waiting": _waiting(page),
        "groups": [(name, [_read(topic) for topic in TOPICS if topic.group == key]) for key, name in GROUPS.items()],
        "hotline": parameters.get("support.hotline"),
        "hotline_hours": parameters.get("support.hotline_hours"),
    }
    return public(render(request, "storefront/help.html", values))


def _waiting(page: Page) -> dict[str, int]:
    """What waits for a signed-in buyer: orders to pay, deliveries to accept, subscriptions ending within 7 days."""
    if not page.is_signed_in or page.actor.account_pk is None or page.actor.is_operator:
        return {}
    return {
        "to_pay": buying.counts_of(page.actor)["to_pay"],
        "to_accept": buying.to_accept(page.actor),
        "expiring": subscribing.counts_of(page.actor, clock.now())["expiring_7"],
    }


@require_safe
def topic(request: HttpRequest, topic: str) -> HttpResponse:
    """One question with its answer, and those around it."""
    found = BY_SLUG.get(topic)
    if found is None:
        raise NotFound
    place = TOPICS.index(found)
    values = {
        "topic": _read(found),
        "group": _filled(GROUPS[found.group]),
        "before": _read(TOPICS[place - 1]) if place else None,
        "after": _read(TOPICS[place + 1]) if place + 1 < len(TOPICS) else None,
        "rooms": selectors.category_tree() if found.slug == "range" else [],
        "siblings": [_read(each) for each in TOPICS if each.group == found.group],
    }
    return public(render(request, "storefront/help_topic.html", values))


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """What this is (B-FAQ-001)."""
    return HttpResponseRedirect("/help/marketplace")


# --- legal texts ------------------------------------------------------------------------------------------
@require_safe
def legal(request: HttpRequest) -> HttpResponse:
    """All public texts with their versions."""
    return public(render(request, "storefront/legal.html", {"agreements": parties.platform_agreements(clock.now())}))


@require_safe
def legal_text(request: HttpRequest, text: str, version: str = "") -> HttpResponse:
    """A text in the version in force, or in another one (B-TRM-002), with what changed."""
    if text in OWN_TEXTS:
        return public(render(request, f"storefront/legal_{text}.html", {"imprint": _imprint()}))
    at = clock.now()
    versions = parties.versions_of(text, at)
    shown = next((each for each in versions if each.version == version), None) if version else versions[0]
    if shown is None:
        raise NotFound
    language = (get_language() or "en").lower()
    words = shown.texts.get(language) or shown.texts.get(language.split("-")[0]) or shown.texts.get("en") or ""
    values = {
        "agreement": shown.agreement,
        "shown": shown,
        "versions": versions,
        "is_current": shown.pk == versions[0].pk,
        "is_foreign": bool(words) and words == shown.texts.get("en") and not language.startswith("en"),
        "body": to_html(words),
    }
    return public(render(request, "storefront/legal_text.html", values))


def _imprint() -> Markup:
    return to_html(str(parameters.get("imprint.text") or ""))
