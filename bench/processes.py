"""What a server's processes use of the machine."""

from __future__ import annotations

from pathlib import Path


def memory_mb(pid: int) -> int:
    """Proportional memory of a process and its children in MB: pages that several share count once."""
    total = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rsplit(")", 1)[1].split()[1])
            if pid in (parent, int(path.parent.name)):
                rollup = (path.parent / "smaps_rollup").read_text()
                total += int(rollup.split("Pss:", 1)[1].split()[0])
        except (OSError, IndexError, ValueError):  # it ended in the meantime
            continue
    return total // 1024
