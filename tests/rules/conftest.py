"""Properties of pure functions are not timed: a busy machine is no reason to fail."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("rules", deadline=None)
settings.load_profile("rules")
