"""What every test has: people, a shop with a seller's real server, and a clock that stands still."""

from __future__ import annotations

import pytest

pytest_plugins = ["tests.people", "tests.shop_fixtures", "tests.web.browser"]


@pytest.fixture
def reasons(db: None) -> None:
    """The ready-made reasons of every new marketplace; tests that empty the tables take them away."""
    from importlib import import_module
    from types import SimpleNamespace

    from django.apps import apps
    from django.db import connection

    from galleria.reviewing.models import ReasonTemplate

    if not ReasonTemplate.objects.exists():
        begin = import_module("galleria.reviewing.migrations.0002_reasons")
        begin.create(apps, SimpleNamespace(connection=connection))


@pytest.fixture(autouse=True)
def _first_language() -> None:
    """The language that another test's reader had is forgotten with it: a request leaves its own in the thread."""
    from django.utils import translation

    translation.deactivate()


@pytest.fixture(autouse=True)
def _fresh_parameters() -> None:
    """Operator settings that another test changed are forgotten with it."""
    from galleria.kit import parameters

    parameters.forget_cached()
