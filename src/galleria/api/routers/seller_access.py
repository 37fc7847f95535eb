"""Application access by program: domains, production addresses, keys, debugging; the same services as the pages.

What calls a seller's server runs outside transactions and is not kept: sent again, the server is called again.
"""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Schema
from pydantic import Field

from galleria.api.auth import actor_of
from galleria.api.endpoints import Routes
from galleria.api.schemas import access as out
from galleria.api.schemas.buying import NothingIn
from galleria.api.schemas.common import PublicId, QueryText
from galleria.connecting import probing, rules, selectors, services
from galleria.kit import clock
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid

routes = Routes("Selling: application access")
VIEW, MANAGE, DEBUG = "seller:delivery:view", "seller:key:manage", "seller:delivery:act"
DOMAIN, ADDRESS = "/seller/domains/{domain_id}", "/seller/addresses/{address_id}"
KeyNumber = Annotated[str, Field(pattern=r"^[0-9]{1,9}$")]


# ----- domains -----


@routes.get("/seller/domains", out.DomainsOut, needs=VIEW)
def list_seller_domains(request: HttpRequest) -> out.DomainsOut:
    """The seller's domains with their proofs."""
    return out.DomainsOut(items=[out.domain_out(row) for row in selectors.domains_of(actor_of(request))])


@routes.write("POST", "/seller/domains", out.DomainOut, status=201, needs=MANAGE, course="outside")
def create_seller_domain(request: HttpRequest, body: out.DomainIn) -> out.DomainOut:
    """Add scheme and host; `proof` says what to put where. The known one again if it was there."""
    return out.domain_out(services.add_domain(actor_of(request), typed=body.origin, at=clock.now()))


@routes.get(DOMAIN, out.DomainOut, needs=VIEW)
def get_seller_domain(request: HttpRequest, domain_id: PublicId) -> out.DomainOut:
    """A domain with its proof and what the last look found."""
    return out.domain_out(selectors.domain_of(actor_of(request), domain_id))


@routes.write("POST", f"{DOMAIN}/prove", out.DomainOut, needs=MANAGE, repeat="unkept", course="outside")
def prove_seller_domain(request: HttpRequest, domain_id: PublicId, body: NothingIn) -> out.DomainOut:
    """Look for the proof now; DOMAIN_NOT_PROVEN says what was seen at both places."""
    services.check_domain(actor_of(request), domain_id=domain_id, at=clock.now())
    return out.domain_out(selectors.domain_of(actor_of(request), domain_id))


@routes.write("POST", f"{DOMAIN}/token", out.DomainOut, needs=MANAGE)
def renew_domain_token(request: HttpRequest, domain_id: PublicId, body: NothingIn) -> out.DomainOut:
    """A new token and seven more days, for a domain that was not proven in time."""
    return out.domain_out(services.renew_token(actor_of(request), domain_id=domain_id, at=clock.now()))


@routes.write("DELETE", DOMAIN, None, status=204, needs=MANAGE)
def delete_seller_domain(request: HttpRequest, domain_id: PublicId) -> None:
    """Forget a domain with its addresses; not while a product is delivered through it."""
    services.remove_domain(actor_of(request), domain_id=domain_id, at=clock.now())


# ----- addresses -----


def _address(actor: Actor, address_id: str) -> out.AddressOut:
    row = selectors.address_of(actor, address_id)
    return out.address_out(row, selectors.products_by_address(actor, [row])[row.pk])


@routes.get("/seller/addresses", out.AddressesOut, needs=VIEW)
def list_seller_addresses(request: HttpRequest) -> out.AddressesOut:
    """The seller's production addresses with the products that they deliver."""
    actor = actor_of(request)
    rows = selectors.addresses_of(actor)
    bound = selectors.products_by_address(actor, rows)
    return out.AddressesOut(items=[out.address_out(row, bound[row.pk]) for row in rows])


@routes.write("POST", "/seller/addresses", out.AddressOut, status=201, needs=MANAGE, problems=[404])
def create_seller_address(request: HttpRequest, body: out.AddressIn) -> out.AddressOut:
    """Add a path below a proven domain; the known address again if it was there."""
    actor = actor_of(request)
    row = services.add_address(
        actor, domain_id=body.domain, path=body.path, key_kind=body.key_kind, at=clock.now()
    )  # fmt: skip
    return _address(actor, row.public_id)


@routes.get(ADDRESS, out.AddressOut, needs=VIEW)
def get_seller_address(request: HttpRequest, address_id: PublicId) -> out.AddressOut:
    """What is set for an address, and which products it delivers."""
    return _address(actor_of(request), address_id)


@routes.write("PUT", ADDRESS, out.AddressOut, needs=MANAGE)
def change_seller_address(request: HttpRequest, address_id: PublicId, body: out.AddressChangeIn) -> out.AddressOut:
    """Change what is set for an address. Another key type of an address in use wants `sure`."""
    actor = actor_of(request)
    services.change_address(actor, address_id=address_id, at=clock.now(), **body.model_dump())
    return _address(actor, address_id)


@routes.write("POST", f"{ADDRESS}/products", out.AddressOut, needs=MANAGE)
def bind_seller_product(request: HttpRequest, address_id: PublicId, body: out.BindIn) -> out.AddressOut:
    """Deliver a product through the address. One on sale needs every case there (`missing`) and `sure`."""
    actor = actor_of(request)
    services.bind_product(actor, product_id=body.product, address_id=address_id, sure=body.sure, at=clock.now())
    return _address(actor, address_id)


@routes.write("DELETE", ADDRESS, None, status=204, needs=MANAGE)
def delete_seller_address(request: HttpRequest, address_id: PublicId) -> None:
    """Forget an address that delivers nothing."""
    services.remove_address(actor_of(request), address_id=address_id, at=clock.now())


# ----- keys -----


@routes.get("/seller/interface-keys", out.KeysOut, needs=VIEW)
def list_interface_keys(request: HttpRequest) -> out.KeysOut:
    """Every interface type with its keys, without their values."""
    return out.KeysOut(items=[out.keys_out(row) for row in selectors.keys_of(actor_of(request), clock.now())])


@routes.write("POST", "/seller/interface-keys", out.KeyOut, status=201, needs=MANAGE)
def create_interface_key(request: HttpRequest, body: out.KeyIn) -> out.KeyOut:
    """Make a key of an interface type, or the one that follows it; have it shown to give it to your server."""
    row = services.make_key(
        actor_of(request), kind=body.kind, active_from=body.active_from, sure=body.sure, at=clock.now()
    )
    return out.key_out(row)


@routes.write(
    "POST", "/seller/interface-keys/{key_id}/value", out.KeyValueOut, needs=MANAGE, repeat="unkept"
)  # fmt: skip
def reveal_interface_key(request: HttpRequest, key_id: KeyNumber, body: out.KeyShowIn) -> out.KeyValueOut:
    """Show a key. Who looked is recorded.

    The answer is never kept: sent again, it is shown and recorded again.
    """
    value = services.reveal_key(actor_of(request), key_pk=int(key_id), form=body.form, at=clock.now())
    return out.KeyValueOut(value=value, form=body.form)


@routes.write("DELETE", "/seller/interface-keys/{key_id}", None, status=204, needs=MANAGE)
def withdraw_interface_key(request: HttpRequest, key_id: KeyNumber) -> None:
    """Take back a key that is not active yet."""
    services.withdraw_key(actor_of(request), key_pk=int(key_id), at=clock.now())


# ----- debugging -----


class PresetQuery(Schema):
    """What the presets depend on."""

    activity: out.Activity = "newInstance"
    instance: QueryText = ""
    variant: QueryText = ""


def _values(actor: Actor, address_id: str, activity: str, instance: str, variant: str) -> dict[str, str]:
    """The preset parameters, of the instance that the saved cases know unless another is named."""
    known = probing.as_activity(activity)
    if known is None:
        raise Invalid(fields={"activity": activity})
    cases = selectors.cases_of(actor, selectors.address_of(actor, address_id).public_id)
    instance = instance or next((case.instance_id for case in cases if case.instance_id), "")
    return probing.presets(known, at=clock.now(), instance_id=instance, variant=variant)


@routes.get(f"{ADDRESS}/presets", out.PresetsOut, needs=VIEW, problems=[422])
def get_call_presets(request: HttpRequest, address_id: PublicId, asked: Query[PresetQuery]) -> out.PresetsOut:
    """The parameters of an activity with the values that are sent unless others are given."""
    values = _values(actor_of(request), address_id, asked.activity, asked.instance, asked.variant)
    items = [
        out.ParameterOut(
            name=each.name, value=values[each.name], limit=each.limit, mandatory=each.mandatory,
            choices=list(each.choices),
        )
        for each in probing.inputs(asked.activity)
    ]  # fmt: skip
    return out.PresetsOut(activity=asked.activity, items=items)


@routes.write("POST", f"{ADDRESS}/calls", out.CallOut, needs=DEBUG, repeat="unkept", course="outside")
def send_debugging_call(request: HttpRequest, address_id: PublicId, body: out.CallIn) -> out.CallOut:
    """Send one activity to the server as a test, and judge its answer; `save` keeps a success as the case.

    ADDRESS_NOT_PROVEN when the domain was lost; at most 60 calls a minute.
    """
    actor = actor_of(request)
    values = _values(actor, address_id, body.activity, body.instance, body.variant) | dict(body.values)
    found = services.debug(
        actor, address_id=address_id, activity=body.activity, values=values, save=body.save, at=clock.now()
    )
    return out.call_out(found)


@routes.write("POST", f"{ADDRESS}/diagnosis", out.DiagnosisOut, needs=DEBUG, repeat="unkept", course="outside")
def diagnose_signature(request: HttpRequest, address_id: PublicId, body: out.CallIn) -> out.DiagnosisOut:
    """After a refused signature: call with the known misreadings and other keys, and say which one is accepted."""
    actor = actor_of(request)
    values = _values(actor, address_id, body.activity, body.instance, body.variant) | dict(body.values)
    found = services.diagnose(actor, address_id=address_id, activity=body.activity, values=values, at=clock.now())
    return out.DiagnosisOut(variant=found.variant or "", key_kind=found.key_kind, tried=list(found.tried))


@routes.get(f"{ADDRESS}/cases", out.CasesOut, needs=VIEW)
def list_debugging_cases(request: HttpRequest, address_id: PublicId) -> out.CasesOut:
    """The saved cases of an address, and the activities that still lack one."""
    actor = actor_of(request)
    rows = selectors.cases_of(actor, selectors.address_of(actor, address_id).public_id)
    proven = {row.activity for row in rows}
    missing = [str(each) for each in rules.needed_activities(("period",)) if each not in proven]
    return out.CasesOut(items=[out.case_out(row) for row in rows], missing=missing)


@routes.write("POST", f"{ADDRESS}/replay", out.ReplayOut, needs=DEBUG, repeat="unkept", course="outside")
def replay_debugging_cases(request: HttpRequest, address_id: PublicId, body: NothingIn) -> out.ReplayOut:
    """Send every saved case of an address again, as the daily tests do."""
    results = services.replay(actor_of(request), address_id=address_id, at=clock.now())
    return out.ReplayOut(
        passed=all(each.passed for each in results), items=[out.replayed_out(each) for each in results]
    )


@routes.write("DELETE", "/seller/debugging-cases/{case_id}", None, status=204, needs=DEBUG)
def delete_debugging_case(request: HttpRequest, case_id: PublicId) -> None:
    """Forget a case: the activity is unproven again."""
    services.remove_case(actor_of(request), case_id=case_id, at=clock.now())
