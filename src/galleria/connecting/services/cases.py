"""Repeating saved cases: on submission, at approval, and twice a day (A-DIA-004, S-SAS-003)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import cast

from django.db import transaction

from galleria.connecting import probing
from galleria.connecting.models import DebugCase
from galleria.connecting.probing import CaseResult, SavedCase
from galleria.connecting.selectors import address_of
from galleria.connecting.services.debugging import DEBUG, keep_calls, outcome
from galleria.delivering import services as delivering
from galleria.delivering.adapters.saas_v2.messages import Activity
from galleria.delivering.models import ProductionAddress
from galleria.kit.actor import Actor


def replay_cases(address_public_id: str, at: datetime, *, purpose: str = "debug") -> list[CaseResult]:
    """Send every saved case of an address again and keep what came of it.

    Outside transactions; at most 5 s and a few polls for each case. No case gives an empty list.
    Raises NoInterfaceKey, and `DoesNotExist` for an address that is gone.
    """
    address = ProductionAddress.objects.get(public_id=address_public_id)
    rows = list(DebugCase.objects.filter(address=address))
    if not rows:
        return []
    key = delivering.interface_key(address.seller_id, address.key_kind, at)
    by_name = {(row.activity, row.variant): row for row in rows}
    cases = [
        SavedCase(cast(Activity, row.activity), row.variant, dict(row.parameters), row.instance_id) for row in rows
    ]
    results = probing.repeat(address.url, key, cases, settings=delivering.call_settings(address))
    with transaction.atomic():
        for result in results:
            row = by_name[result.activity, result.variant]
            keep_calls(address, result.exchanges, purpose=purpose, at=at)
            fields = outcome(
                result.passed, result.problem, result.http_status, result.result_code, result.milliseconds, at
            )
            DebugCase.objects.filter(pk=row.pk).update(**fields)
    return [replace(result, case_id=by_name[result.activity, result.variant].public_id) for result in results]


def replay(actor: Actor, *, address_id: str, at: datetime) -> list[CaseResult]:
    """The same for a seller who wants to see it now. Raises NotFound, PermissionMissing."""
    actor.require(DEBUG)
    return replay_cases(address_of(actor, address_id).public_id, at)
