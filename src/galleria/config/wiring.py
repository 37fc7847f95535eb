"""Who hears which event. The only place that knows both ends."""

from __future__ import annotations

_connected = False


def connect() -> None:
    """Subscribe every handler once; called when the program starts."""
    global _connected
    if _connected:
        return
    _connected = True
    _sentences()


def _sentences() -> None:
    """What the audit record can say."""
    from galleria.audit import services as audit
    from galleria.parties import sentences as parties

    audit.register(parties.AUDIT)
