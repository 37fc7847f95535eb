"""Bytes that no row names: what a transaction left behind that failed after the file was kept."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Final

from django.core.files.storage import default_storage

from galleria.kit import jobs
from galleria.kit.models import StoredFile

DAY: Final = 86_400
"""Younger bytes stay, in seconds of the machine's clock: their transaction may still be under way."""
_ID = re.compile(r"fil_[0-9a-z]{26}")


@jobs.cron("40 3 * * 0", "files.tidy", outside=True)
def tidy() -> int:
    """Delete them; returns how many. Only what this package has named itself is ever touched."""
    deleted = 0
    for places in _in_batches(_places(), 500):
        ids = [place.rpartition("/")[2] for place in places]
        known = set(StoredFile.objects.filter(public_id__in=ids).values_list("place", flat=True))
        for place in places:
            if place not in known and _age(place) > DAY:
                default_storage.delete(place)
                deleted += 1
    return deleted


def _places() -> Iterator[str]:
    for year in _folders("", r"[0-9]{4}"):
        for month in _folders(year, r"[0-9]{2}"):
            folder = f"{year}/{month}"
            yield from (f"{folder}/{name}" for name in default_storage.listdir(folder)[1] if _ID.fullmatch(name))


def _folders(path: str, pattern: str) -> list[str]:
    try:
        return [name for name in default_storage.listdir(path)[0] if re.fullmatch(pattern, name)]
    except FileNotFoundError:
        return []


def _age(place: str) -> float:
    return time.time() - default_storage.get_modified_time(place).timestamp()


def _in_batches(places: Iterator[str], size: int) -> Iterator[list[str]]:
    batch: list[str] = []
    for place in places:
        batch.append(place)
        if len(batch) == size:
            yield batch
            batch = []
    yield batch
