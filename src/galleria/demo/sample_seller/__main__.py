"""Run the sample seller: `python -m galleria.demo.sample_seller --port 8100 --key KEY --state DIR`."""

from __future__ import annotations

import argparse
import logging
import signal
from pathlib import Path

from .server import SampleSeller, Settings


def main() -> None:
    """Serve until interrupted. Prints the address on one line when it is ready."""
    parser = argparse.ArgumentParser(prog="sample_seller", description="A seller's server for the SaaS contract 2.0.")
    add = parser.add_argument
    add("--port", type=int, default=8100, help="0 takes a free one (default 8100)")
    add("--host", default="127.0.0.1")
    add("--key", help="interface key of the seller at /saas and /s/sample/saas")
    add("--keys", type=Path, metavar="FILE", help="JSON file with many sellers, read anew when it changes")
    add("--state", type=Path, required=True, metavar="DIR", help="where the SQLite file is kept")
    add(
        "--marketplace", metavar="URL", help="ask this marketplace what was ordered; with --access-key and --secret-key"
    )
    add("--access-key", metavar="AK")
    add("--secret-key", metavar="SK")
    add("--public-base", metavar="URL", help="how browsers reach this server")
    add("--certificate", type=Path, metavar="FILE", help="serve https with this certificate (PEM)")
    add("--certificate-key", type=Path, metavar="FILE")
    add("--no-control", action="store_true", help="without /_control")
    add("--no-call-log", action="store_true", help="keep no record of the calls")
    given = parser.parse_args()
    if not given.key and not given.keys:
        parser.error("give --key or --keys")
    pair = (given.marketplace, given.access_key, given.secret_key)
    if any(pair) and not all(pair):
        parser.error("--marketplace, --access-key and --secret-key belong together")
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    seller = SampleSeller(
        Settings(
            state=given.state,
            key=given.key,
            keys_file=given.keys,
            host=given.host,
            port=given.port,
            public_base=given.public_base,
            certificate=given.certificate,
            certificate_key=given.certificate_key,
            control=not given.no_control,
            log_calls=not given.no_call_log,
            orders=dict(zip(("address", "access_key", "secret_key"), pair, strict=True)) if all(pair) else None,
        )
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: seller.interrupt())
    print(f"sample seller at {seller.url}", flush=True)
    seller.serve()
    seller.stop()


if __name__ == "__main__":
    main()
