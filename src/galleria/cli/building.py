"""What is made from the source and not stored with it: compiled translations and collected static files.

Both are skipped when nothing changed, so that they may be asked for at every start.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE_DIR = Path(__file__).resolve().parent.parent / "locale"
STAMP = "collected.stamp"


def compile_messages(folder: Path = LOCALE_DIR) -> int:
    """Write the `.mo` beside each `.po` that is newer; returns how many were written.

    Written aside and moved, so that a process that starts meanwhile never reads half a file.
    """
    written = 0
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        fresh = target.with_name(f"{target.name}.{os.getpid()}.new")
        try:
            with source.open("rb") as text, fresh.open("wb") as compiled:
                write_mo(compiled, read_po(text, locale=source.parent.parent.name))
            fresh.replace(target)
        except OSError:
            if not target.exists():
                raise
            continue
        written += 1
    return written


def collect_static() -> bool:
    """Copy, name by content and compress the static files, unless these very files were collected before."""
    from django.conf import settings
    from django.core.management import call_command

    root = Path(settings.STATIC_ROOT)
    wanted, stamp = _fingerprint(), root / STAMP
    if stamp.exists() and stamp.read_text("utf-8") == wanted and (root / "staticfiles.json").exists():
        return False
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(wanted, "utf-8")
    return True


def _fingerprint() -> str:
    """Names, sizes and times of all static files that the packages bring."""
    from django.contrib.staticfiles.finders import get_finders

    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in sorted(finder.list([]), key=lambda found: str(found[0])):
            facts = Path(storage.path(path)).stat()
            digest.update(f"{path}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()
