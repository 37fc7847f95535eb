"""A process killed with -9 between charge and record: found out, booked once, or cancelled; never charged twice."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from galleria.kit import clock, jobs
from galleria.ledger import services as ledger
from galleria.paying import services as paying
from galleria.paying.models import Payment, SandboxRecord
from tests.people import Person
from tests.till import balances, card, charge_for, pay

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
PROCESS = Path(__file__).with_name("paying_process.py")


def database_address() -> str:
    """The test database, for another process."""
    found = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{found['NAME']}"
    password = f":{found['PASSWORD']}" if found["PASSWORD"] else ""
    return f"postgres://{found['USER']}{password}@{found['HOST']}:{found['PORT'] or 5432}/{found['NAME']}"


def killed(payment: Payment, moment: str) -> int:
    """Let a process of its own confirm the payment and die; returns how it ended."""
    env = {
        **os.environ,
        "GALLERIA_DATABASE_URL": database_address(),
        "GALLERIA_SANDBOX_CARDS": "yes",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, str(PROCESS), payment.public_id, moment, clock.now().isoformat()]
    return subprocess.run(command, env=env, check=False, timeout=60).returncode


def charged() -> list[int]:
    rows = SandboxRecord.objects.filter(kind="charge")
    return [row.data["amount"] for row in rows if row.data["state"] == "succeeded"]


@pytest.mark.req("B-PAY-001")
@pytest.mark.parametrize(
    ("moment", "state"),
    [
        ("prepare-before", "failed"),
        ("prepare-after", "failed"),
        ("confirm-before", "failed"),
        ("confirm-after", "succeeded"),
    ],
)
def test_a_web_process_killed_on_the_way(ada: Person, settings: Any, moment: str, state: str) -> None:
    settings.GALLERIA_SANDBOX_CARDS = True
    settings.STRIPE_SECRET_KEY = ""
    card(ada)
    order = charge_for("40.00", "10.00")
    with transaction.atomic():
        payment = paying.charge(
            ada.actor,
            account_id=ada.account.public_id,
            charges=[order],
            method="card",
            token="click",
            at=clock.now(),
        )
    assert killed(payment, moment) == -9
    payment.refresh_from_db()
    assert (payment.state, balances()) == ("pending", {})

    # The buyer clicks once more meanwhile: the same token goes on with the same payment, or waits for it.
    again = pay(ada, order, method="card", token="click") if moment == "confirm-after" else payment
    assert again.public_id == payment.public_id

    jobs.run_due(clock.now() + timedelta(seconds=61), with_crons=False)
    payment.refresh_from_db()
    assert payment.state == state
    if state == "failed":
        assert charged() == []
        assert pay(ada, order, method="card").state == "succeeded"
    assert charged() == [50_00]
    assert balances() == {"card_clearing": "-50.00", "orders_held": "40.00", "tax_due:SE": "10.00"}
    assert ledger.check().problems == []
