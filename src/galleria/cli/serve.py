"""`galleria serve`: the web server."""

from __future__ import annotations

import ctypes
import gc
import ipaddress
import os
import shutil
import signal
import socket
import sys
import tempfile
import traceback
from functools import partial
from pathlib import Path
from typing import Any

from galleria.cli import options

STOP_SECONDS = 30
"""How long requests that are running may take to end when the server stops."""
PR_SET_PDEATHSIG = 1
"""Linux: the signal that a process gets when its parent ends."""


def run(arguments: list[str]) -> int:
    """Serve until SIGTERM or SIGINT. Several processes share the memory of an application that is loaded once."""
    parser = options.parser("serve", "The web server: pages, API and health.")
    options.data_option(parser)
    parser.add_argument("--host", default=None, help="address to listen on (default: GALLERIA_WEB_HOST, 127.0.0.1)")
    parser.add_argument("--port", type=options.port, default=None, help="port (default: GALLERIA_WEB_PORT, 8000)")
    parser.add_argument("--workers", type=options.positive, default=None, help="processes (GALLERIA_WEB_WORKERS)")
    parser.add_argument("--threads", type=options.positive, default=None, help="threads of each (GALLERIA_WEB_THREADS)")
    parser.add_argument("--no-check", action="store_true", help="start without asking the database first")
    given = parser.parse_args(arguments)
    options.use_data(given.data)
    if not given.no_check and not _child_says_yes():
        return 1
    return _serve(given.host, given.port, given.workers, given.threads)


def _child_says_yes() -> bool:
    """Load the settings and look at the database in a child, so that what this loads is gone again."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if _is_ready() else 1
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _is_ready() -> bool:
    """Says what is wrong on stderr: settings, database, tables of another version, static files."""
    from django.core.exceptions import ImproperlyConfigured

    from galleria.config.env import BadSetting

    try:
        options.start()
        problem = _problem()
    except (BadSetting, ImproperlyConfigured) as error:
        problem = str(error)
    if problem:
        print(f"galleria: {problem}", file=sys.stderr)
    return not problem


def _problem() -> str:
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    from galleria.config import settings

    for sentence in settings.env.unknown():
        print(f"galleria: {sentence}", file=sys.stderr)
    try:
        executor = MigrationExecutor(connection)
        missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError as error:
        return f"the database does not answer: {str(error).strip().splitlines()[0]}"
    if missing:
        return f"the database lacks {missing} migrations: run `galleria setup` first"
    return ""


def _serve(host: str | None, port: int | None, workers: int | None, threads: int | None) -> int:
    from granian import Granian
    from granian.constants import Interfaces

    from galleria.config.env import Environment
    from galleria.config.logs import logging_config
    from galleria.config.serving import serving_from

    environment = Environment()
    asked = serving_from(environment)
    address, number = host or asked.host, port or asked.port
    if problem := cannot_listen(address, number):
        print(f"galleria: {problem}", file=sys.stderr)
        return 1
    options.save_memory()
    count = workers or asked.workers
    counters = _counters_folder(count)
    if count > 1:
        _load_once()
    try:
        Granian(
            "galleria.config.wsgi:application",
            address=address,
            port=number,
            interface=Interfaces.WSGI,
            workers=count,
            blocking_threads=threads or asked.threads,
            websockets=False,
            respawn_failed_workers=True,
            workers_kill_timeout=STOP_SECONDS,
            log_dictconfig=logging_config(asked.logging),
            process_name=None,
        ).serve(target_loader=partial(_application, os.getpid()), wrap_loader=False)
    finally:
        if counters is not None:
            shutil.rmtree(counters, ignore_errors=True)
    return 0


def cannot_listen(host: str, port: int) -> str:
    """Why nobody can listen there, or nothing.

    The server's own sockets would share a port with those of another marketplace, and each would get some of
    the requests; this one does not.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return f"cannot listen on {host}: it is not an IP address"
    with socket.socket(socket.AF_INET6 if address.version == 6 else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return f"cannot listen on {host}, port {port}: {error.strerror}"
    return ""


def _load_once() -> None:
    """Load all of the application before the processes are born, which then share what they do not change.

    One process alone would pay for that with pages of the parent that it has copies of. Nothing is opened here that
    must not be inherited: no connection, no thread. The collector leaves what is loaded alone (gc.freeze), because
    its marks would copy the pages.
    """
    from django.urls import get_resolver

    from galleria.config import wsgi  # noqa: F401 (loads settings, models and middleware)

    get_resolver().url_patterns  # noqa: B018 (loads every view)
    gc.collect()
    gc.freeze()


def _application(parent: int) -> Any:
    """In each process: the application, after it is made sure that the process ends with the server.

    Without that, processes whose server was killed would go on to hold the port and to answer with their old program.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it was killed before that
        os._exit(1)
    from galleria.config.wsgi import application

    return application


def _counters_folder(workers: int) -> Path | None:
    """Several processes count in files, so that /metrics of any of them tells of all."""
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
    if workers == 1:
        return None
    folder = Path(tempfile.mkdtemp(prefix="galleria-metrics-"))
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    return folder
