"""Several callers at the same moment, each with a connection of its own; and one that dies on the way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections


def at_once(actions: Sequence[Callable[[], Any]], *, timeout: float = 60.0) -> list[Any]:
    """Start every action at the same moment in a thread of its own; return what each returned or raised."""
    gate = threading.Barrier(len(actions))
    results: list[Any] = [None] * len(actions)

    def run(index: int) -> None:
        try:
            gate.wait(timeout)
            results[index] = actions[index]()
        except Exception as error:
            results[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(index,), daemon=True) for index in range(len(actions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout)
        assert not thread.is_alive(), "a caller hangs"
    return results


class Killed(BaseException):
    """The process is gone."""


@contextmanager
def killed_at_write(place: int) -> Iterator[None]:
    """What runs inside is killed at its write with this number, counted from 0."""
    seen = 0

    def die(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal seen
        if sql.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
            seen += 1
            if seen == place + 1:
                raise Killed
        return execute(sql, params, many, context)

    with connection.execute_wrapper(die):
        yield
