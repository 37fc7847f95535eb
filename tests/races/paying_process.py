"""A web process that pays by card and is killed on the way: `python paying_process.py PAYMENT MOMENT AT`."""

from __future__ import annotations

import os
import signal
import sys
from datetime import datetime
from typing import Any

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "galleria.config.settings"
django.setup()

from galleria.paying import services  # noqa: E402
from galleria.paying.adapters.sandbox_gateway import SandboxGateway  # noqa: E402

payment_id, moment, at = sys.argv[1], sys.argv[2], datetime.fromisoformat(sys.argv[3])
method, when = moment.split("-")
real = getattr(SandboxGateway, method)


def die(*args: Any, **kwargs: Any) -> None:
    """The power goes off before the gateway is asked, or after it has answered."""
    if when == "after":
        real(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)


setattr(SandboxGateway, method, die)
services.confirm_card(payment_id, at=at)
