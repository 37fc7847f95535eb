"""`galleria import`: products, prices and everything around them from a catalogue file."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from galleria.cli import options

if TYPE_CHECKING:
    from galleria.publishing.importing import CatalogueRefused, ImportReport

SHOWN = 100  # problems listed for people; --json has them all


def run(arguments: list[str]) -> int:
    """0: imported (or would be); 1: the file has problems and nothing was changed; 2: wrong use."""
    parser = options.parser("import", "Imports a catalogue file, or a folder of .yaml files: all of it or nothing.")
    parser.add_argument("file", type=Path, help="catalogue file or folder (docs/how-to/catalogue-file.md)")
    parser.add_argument("--dry-run", action="store_true", help="check and say what would change, change nothing")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of sentences")
    options.data_option(parser)
    given = parser.parse_args(arguments)
    if not given.file.exists():
        print(f"galleria import: {given.file} is not there", file=sys.stderr)
        return 2
    options.use_data(given.data)
    options.start()

    from galleria.kit import clock
    from galleria.kit.actor import SYSTEM
    from galleria.publishing.importing import CatalogueRefused, import_catalogue

    try:
        report = import_catalogue(SYSTEM, path=given.file, at=clock.now(), dry_run=given.dry_run)
    except CatalogueRefused as refused:
        _show_problems(refused, as_json=given.json)
        return 1
    _show_report(report, as_json=given.json)
    return 0


def _show_problems(refused: CatalogueRefused, *, as_json: bool) -> None:
    if as_json:
        problems = [{"file": p.file, "line": p.line, "field": p.field, "message": p.message} for p in refused.problems]
        print(json.dumps({"code": refused.code, "message": refused.message, "problems": problems}, ensure_ascii=False))
        return
    for problem in refused.problems[:SHOWN]:
        print(problem, file=sys.stderr)
    if len(refused.problems) > SHOWN:
        print(f"… and {len(refused.problems) - SHOWN} more", file=sys.stderr)
    print(refused.message, file=sys.stderr)


def _show_report(report: ImportReport, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(report.as_json(), ensure_ascii=False))
        return
    print(f"{'':14}{'new':>9}{'changed':>9}{'as before':>11}")
    for kind, counts in report.counts.items():
        print(f"{kind:14}{counts.created:>9}{counts.updated:>9}{counts.unchanged:>11}")
    if report.is_dry_run:
        print("Nothing was stored: this was a dry run.")
