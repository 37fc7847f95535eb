"""What every test has: a clock that stands still, the database, and people."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

_folder = Path(tempfile.mkdtemp(prefix="galleria-test-"))
os.environ.setdefault("GALLERIA_DATA_DIR", str(_folder))
os.environ.setdefault("GALLERIA_SECRET_KEY", "tests-only-tests-only-tests-only-0123456789")
os.environ.setdefault("GALLERIA_TEST_CLOCK", "yes")
os.environ.setdefault("GALLERIA_EMAIL_BACKEND", "locmem")
os.environ.setdefault("GALLERIA_OUTGOING_ALLOW", "127.0.0.0/8")
os.environ.setdefault("GALLERIA_ALLOW_HTTP_SELLERS", "yes")
os.environ.setdefault("GALLERIA_LOG_LEVEL", "ERROR")

pytest_plugins = ["tests.people"]
