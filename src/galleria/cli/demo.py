"""`galleria demo`: the sample marketplace, made at the first start, with a real purchase before your eyes."""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import shlex
import signal
import sys
import time
from pathlib import Path
from typing import IO

from galleria.cli import building, options

DEFAULT_PORT = 8000
SEARCH = "helpdesk"
TOP_UP = "2000.00"


def run(arguments: list[str]) -> int:
    """0 when the purchase went through (with --once), or when the demo was ended by the reader."""
    parser = options.parser("demo", "A marketplace with 80 products, people and two years of trade, on this machine.")
    parser.add_argument("--data", type=Path, default=Path("var/demo"), metavar="DIR", help="folder (var/demo)")
    parser.add_argument("--port", type=options.port, default=None, help=f"port of the pages ({DEFAULT_PORT})")
    parser.add_argument("--once", action="store_true", help="stop after the purchase and print one JSON line")
    parser.add_argument("--orders", type=options.positive, default=None, help="size of the sample history")
    given = parser.parse_args(arguments)
    given.data = given.data.resolve()
    own = _hold(given.data)
    if own is None:
        return 1
    if not _prepare_environment(given):
        return 1
    own.write(f"http://localhost:{given.port}/")
    own.flush()
    for ending in (signal.SIGTERM, signal.SIGHUP):  # its processes are stopped with it, whoever ends it
        signal.signal(ending, _interrupt)
    try:
        return _run(given)
    except KeyboardInterrupt:
        print("\nStopped. The data stays; the next start takes a few seconds.")
        return 0


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _hold(data: Path) -> IO[str] | None:
    """The folder for this demo alone, as long as the file is open: a second one would lead the sellers' calls away."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        own = (data / "demo.lock").open("a+")
        own.seek(0)
        fcntl.flock(own, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        where = own.read() or "another address"
        print(
            f"galleria demo: a demo runs with {data} already, at {where}; --data takes another folder", file=sys.stderr
        )
        return None
    except OSError as error:
        print(f"galleria demo: cannot write to {data}: {error.strerror}", file=sys.stderr)
        return None
    own.truncate(0)
    return own


def _prepare_environment(given: argparse.Namespace) -> bool:
    """The demo's settings: a folder and a clock of its own, and calls to this machine are allowed.

    A port that was asked for and is in use is a "no"; instead of the usual one another is taken.
    """
    from galleria.demo.processes import free_port

    options.use_data(given.data)
    (given.data / "clock").touch()  # by this file `galleria clock` knows that time may be turned here
    free = free_port(given.port or DEFAULT_PORT)
    if free != (given.port or DEFAULT_PORT):
        if given.port:
            print(f"galleria demo: port {given.port} is in use", file=sys.stderr)
            return False
        print(f"Port {DEFAULT_PORT} is in use; the pages are at {free}.", file=sys.stderr)
    given.port = free
    os.environ.update({**options.DEMO, "GALLERIA_SITE_URL": f"http://localhost:{given.port}"})
    os.environ.setdefault("GALLERIA_LOG_LEVEL", "WARNING")
    return True


def _say(text: str, seconds: float | None = None, *, once: bool = False) -> None:
    """Progress for people: on stderr when stdout is for a program."""
    time_used = f"{seconds:7.2f} s  " if seconds is not None else " " * 11
    print(f"{time_used}{text}", file=sys.stderr if once else sys.stdout, flush=True)


def _run(given: argparse.Namespace) -> int:
    from galleria.demo.processes import NotStarted, Processes

    begun = time.perf_counter()
    building.compile_messages()
    options.start()
    from galleria.demo.people import NotOurs

    children = Processes(given.data.resolve(), {})
    try:
        known = _load(given, children, begun)
        _start_servers(given, children)
        _say(f"pages at http://localhost:{given.port}/", time.perf_counter() - begun, once=given.once)
        _let_seller_ask(given)
        key = _ada_is_ready()
        status = _buy(given, key)
        if given.once:
            return status
        _tell_addresses(given, known, key)
        while True:
            time.sleep(1)
            children.check()
    except (NotStarted, NotOurs) as problem:
        print(f"galleria demo: {problem}", file=sys.stderr)
        return 1
    finally:
        children.stop()


def _load(given: argparse.Namespace, children: object, begun: float) -> list[object]:
    """Database, catalogue, people, sellers' server, history; what is there already is left alone."""
    from galleria.cli.setup import steps
    from galleria.demo import history, marketplace, voices
    from galleria.demo.processes import Processes, free_port
    from galleria.kit import clock

    assert isinstance(children, Processes)  # noqa: S101 (for the type checker)
    for name, step in steps():
        step()
        _say(f"{name} ready", time.perf_counter() - begun, once=given.once)
    at = clock.now()
    known = marketplace.load(at)
    _say("catalogue and people ready", time.perf_counter() - begun, once=given.once)
    if not marketplace.keys_file().exists():
        marketplace.write_keys({})
    url = children.start_seller(marketplace.keys_file(), given.data.resolve() / "seller", free_port(8100))
    count = marketplace.connect_sellers(url, at)
    _say(
        f"the sample seller's server answers for {count} sellers at {url}", time.perf_counter() - begun, once=given.once
    )
    if upgrades := marketplace.allow_changes(at):
        _say(f"{upgrades} upgrades that buyers can choose", time.perf_counter() - begun, once=given.once)
    made = history.make(
        at,
        orders=given.orders or history.ORDERS,
        tell=lambda done, of: _say(f"two years of trade: {done} of {of}", time.perf_counter() - begun, once=given.once),
    )
    if made:
        _say(f"{made} orders of two years, each delivered by that server", time.perf_counter() - begun, once=given.once)
    voices.load(at)
    return list(known)


def _start_servers(given: argparse.Namespace, children: object) -> None:
    from galleria.demo.processes import Processes

    assert isinstance(children, Processes)  # noqa: S101
    children.start("worker", "-m", "galleria", "worker")
    children.start(
        "web", "-m", "galleria", "serve", "--port", str(given.port), "--workers", "1", "--threads", "4", "--no-check"
    )
    children.wait_for(f"http://127.0.0.1:{given.port}/healthz", "web")


def _let_seller_ask(given: argparse.Namespace) -> None:
    """From now on the seller of the help desk queries each order that it delivers."""
    from galleria.demo import marketplace
    from galleria.kit import clock

    marketplace.let_seller_ask(f"http://127.0.0.1:{given.port}", clock.now())


def _buy(given: argparse.Namespace, key: str) -> int:
    """Ada's purchase; with --once the JSON line on stdout."""
    from galleria.demo import purchase
    from galleria.ledger import checks

    _say("Ada buys a help desk, by API:", once=given.once)
    try:
        bought = purchase.buy(
            f"http://127.0.0.1:{given.port}",
            key,
            words=SEARCH,
            tell=lambda text, seconds: _say(text, seconds, once=given.once),
        )
    except purchase.PurchaseFailed as problem:
        print(f"galleria demo: the purchase failed: {problem}", file=sys.stderr)
        return 1
    is_balanced = checks.check().is_balanced
    _say(
        f"done in {bought.seconds:.2f} s; the ledger {'balances' if is_balanced else 'DOES NOT balance'}",
        once=given.once,
    )
    line = {
        "order": bought.order,
        "state": bought.state,
        "subscription": bought.subscription,
        "app_url": bought.app_url,
        "seconds": round(bought.seconds, 3),
        "ledger_balanced": is_balanced,
    }
    if given.once:
        print(json.dumps(line), flush=True)
    is_true = bought.state == "completed" and bool(bought.subscription and bought.app_url) and is_balanced
    return 0 if is_true else 1


def _ada_is_ready() -> str:
    """Money on Ada's balance, and a key for her program; the keys of earlier starts are revoked."""
    from galleria.demo import people
    from galleria.kit import clock
    from galleria.kit.money import Money
    from galleria.ledger import services as ledger
    from galleria.parties import selectors, services

    at = clock.now()
    actor = people.actor_of("ada@demo.example")
    amount = Money.parse(TOP_UP, people.account_of("ada@demo.example").currency)
    ledger.post(
        reference=f"demo:start:{at.isoformat()}",
        kind="top_up",
        at=at,
        postings=[ledger.Posting(from_="bank_clearing", to=f"buyer_cash:{actor.account_id}", amount=amount)],
    )
    for old in selectors.api_keys_of(actor):
        if old.name == "demo purchase" and old.revoked_at is None:
            services.revoke_api_key(actor, key_id=old.public_id, at=at)
    _row, text = services.create_api_key(actor, name="demo purchase", scopes=(), at=at)
    return text


def _tell_addresses(given: argparse.Namespace, known: list[object], key: str) -> None:
    from galleria.demo.people import PASSWORD, Known

    base = f"http://localhost:{given.port}"
    print(f"\nOpen {base}/ and sign in with the password  {PASSWORD}\n")
    for person in known:
        if isinstance(person, Known):
            print(f"  {person.email:22} {person.name}, {person.may}")
    print(f"\n  {base}/buyer/subscriptions   what Ada bought\n  {base}/operator/             the operator's desk")
    print(
        f"  {base}/api/docs              the API; Ada's key, until the next start:  {key}\n\n"
        f"Turn the clock in another window:  ./galleria clock advance 30d --data {shlex.quote(_shown(given.data))}"
    )
    print("Stop with Ctrl-C.", flush=True)


def _shown(folder: Path) -> str:
    """The folder as it is typed in this one."""
    return str(folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder)
