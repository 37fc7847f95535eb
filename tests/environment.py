"""Settings of a test run, in a folder of its own. Loaded as a plugin (`-p tests.environment`), because the
framework reads its settings before any conftest is."""

from __future__ import annotations

import os
import tempfile

os.environ["GALLERIA_DATA_DIR"] = tempfile.mkdtemp(prefix="galleria-test-")
os.environ.setdefault("GALLERIA_SECRET_KEY", "tests-only-tests-only-tests-only-0123456789")
os.environ.setdefault("GALLERIA_TEST_CLOCK", "yes")
os.environ.setdefault("GALLERIA_EMAIL_BACKEND", "locmem")
os.environ.setdefault("GALLERIA_OUTGOING_ALLOW", "127.0.0.0/8")
os.environ.setdefault("GALLERIA_ALLOW_HTTP_SELLERS", "yes")
os.environ.setdefault("GALLERIA_LOG_LEVEL", "ERROR")
os.environ.setdefault("GALLERIA_CLAMAV", "off")
