"""`galleria worker`: runs jobs until it is stopped."""

from __future__ import annotations

import sys

from galleria.cli import options


def run(arguments: list[str]) -> int:
    """Run due jobs; with --once until nothing is due. SIGTERM ends it after the jobs that are running."""
    parser = options.parser("worker", "Runs what is due: deliveries, expiries, mails. Any number of them may run.")
    options.data_option(parser)
    parser.add_argument("--threads", type=options.positive, default=16, help="jobs with outside calls at once (16)")
    parser.add_argument("--queue", action="append", metavar="NAME", help="only this queue (may be repeated)")
    parser.add_argument("--once", action="store_true", help="end when nothing is due")
    given = parser.parse_args(arguments)
    options.use_data(given.data)
    options.save_memory()
    options.start()
    if options.is_empty_database():
        print("galleria: there is no queue in this database: run `galleria setup` first", file=sys.stderr)
        return 1
    from galleria.worker import run_worker

    count = run_worker(given.threads, given.queue, given.once)
    if given.once:
        print(f"{count} jobs were run")
    return 0
