"""`galleria operator`: a user who runs the marketplace."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path

from galleria.cli import options


def run(arguments: list[str]) -> int:
    """Make the user, or let a known one join the operator's account. Raises Invalid for what cannot be used."""
    parser = options.parser("operator", "Makes an operator user; the password is asked for, or read from a file.")
    options.data_option(parser)
    parser.add_argument("email", help="address to sign in with")
    parser.add_argument("--name", default="", help="name shown to others (default: the address)")
    parser.add_argument("--role", action="append", metavar="ROLE", help="role (may be repeated; default OperatorAdmin)")
    parser.add_argument("--password-file", metavar="FILE", help="file that holds the password (- for standard input)")
    given = parser.parse_args(arguments)
    options.use_data(given.data)
    options.start()

    from django.contrib.auth.password_validation import validate_password

    from galleria.kit import clock
    from galleria.parties.services import accounts

    password = _password(given.password_file)
    validate_password(password)
    user, account = accounts.create_operator(
        email=given.email,
        name=given.name or given.email.partition("@")[0],
        password=password,
        roles=given.role,
        at=clock.now(),
    )
    print(f"{user.email} may now sign in and acts for {account.name}")
    return 0


def _password(file: str | None) -> str:
    """From the file (never from the command line, where others could read it), or asked for twice."""
    if file == "-":
        return sys.stdin.readline().rstrip("\n")
    if file:
        return Path(file).read_text("utf-8").strip()
    if not os.isatty(0):
        raise SystemExit("galleria: no terminal to ask for a password; use --password-file")
    first = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != first:
        raise SystemExit("galleria: the two are not the same")
    return first
