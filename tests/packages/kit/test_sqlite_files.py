"""The files of an SQLite database hold passwords and money: nobody but their owner reads them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from django.db import connections
from django.db.backends.sqlite3.base import DatabaseWrapper as Framework

from galleria.kit.sqlite3.base import DatabaseWrapper


@pytest.mark.django_db
def test_a_new_database_and_what_stands_beside_it_is_its_owners(tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite3"
    template = connections["default"].settings_dict
    settings = {**template, "NAME": str(path), "OPTIONS": {"init_command": "PRAGMA journal_mode=WAL"}}
    before = os.umask(0o022)
    try:
        opened = DatabaseWrapper(settings, "new")
        assert isinstance(opened, Framework)
        opened.quick("CREATE TABLE kept (id TEXT)", [])
        modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()}
        opened.close()
    finally:
        os.umask(before)
    assert modes == {"new.sqlite3": 0o600, "new.sqlite3-wal": 0o600, "new.sqlite3-shm": 0o600}
