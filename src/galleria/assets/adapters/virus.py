"""The virus scanner of this deployment, over the file of a package."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from galleria.assets.ports import Result, Target
from galleria.assets.rules import Finding
from galleria.kit.files import antivirus


class VirusScanner:
    """ClamAV, where it is installed."""

    name = "ClamAV"
    kinds = frozenset({"package", "container"})
    covers = frozenset({"virus"})

    def scan(self, target: Target) -> Result:
        if target.open is None:
            return Result((), note=_("There is no file."))
        with target.open() as content:
            verdict = antivirus.installed().scan(content, target.size)
        if verdict.state == "not_scanned":
            return Result((), note=verdict.name)
        found = [Finding("virus", "virus", "critical", _("The virus scanner found a malicious program."), verdict.name)]
        return Result(self.covers, found if verdict.state == "infected" else ())
