"""A seller's servers as its programs see them: domains, production addresses, keys, debugging."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AwareDatetime, BeforeValidator, Field, WithJsonSchema

from galleria.api.schemas import common
from galleria.api.schemas.common import NO_NUL, PLAIN, In, Instant, Out
from galleria.connecting import rules

Kind = Literal["base", "joint", "license", "general"]
Variant = Literal["standard", "descending", "plain_sha256", "seconds", "base64_key"]
Activity = Literal[
    "newInstance", "queryInstance", "refreshInstance", "updateInstanceStatus", "upgradeInstance",
    "changeInstanceCheck", "releaseInstance", "orderNotify",
]  # fmt: skip
Line = Annotated[str, Field(max_length=300, pattern=PLAIN)]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Parameter = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z.]{0,39}$")]


def _typed(value: Any) -> Any:
    """An instant that is typed as text, in a body that is strict about everything else."""
    value = common._instant(value)
    return datetime.fromisoformat(value) if isinstance(value, str) else value


Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_typed),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": common._INSTANT.pattern, "maxLength": 40}),
]


class DomainIn(In):
    """Scheme and host, without a path: https://console.example.com."""

    origin: Line


class AddressIn(In):
    """A path below a proven domain, and the type of the key that signs its calls."""

    domain: Id
    path: Line
    key_kind: Kind = "base"


class AddressChangeIn(In):
    """What is set for an address; what is left out stays. `sure`: your server knows the other key."""

    signature_variant: Variant | None = None
    send_testflag_zero: bool | None = None
    require_body_sign: bool | None = None
    wants_order_notices: bool | None = None
    key_kind: Kind | None = None
    sure: bool = False


class BindIn(In):
    """A product that the address shall deliver. `sure`: what is on its way may go to the new address."""

    product: Id
    sure: bool = False


class KeyIn(In):
    """A new key of an interface type, from now or from a later instant on. `sure`: your servers will know it."""

    kind: Kind
    active_from: Moment | None = None
    sure: bool = False


class KeyShowIn(In):
    """How the key is shown."""

    form: Literal["plain", "base64"] = "plain"


class CallIn(In):
    """One activity. The preset parameters are sent, with `values` in their places.

    `instance`: the instance that newInstance answered; empty takes that of the saved cases. `variant`: the scene of
    refreshInstance, the status of updateInstanceStatus. `save`: keep a success as the case.
    """

    activity: Activity
    instance: Line = ""
    variant: Line = ""
    values: Annotated[
        dict[Parameter, Annotated[str, Field(max_length=2000, pattern=NO_NUL)]], Field(max_length=30)
    ] = {}
    save: bool = False


class ProofOut(Out):
    """Where the token is looked for: a file with it, or a TXT record."""

    file_url: str
    file_content: str
    record_name: str
    record_text: str


class DomainOut(Out):
    """A domain. `state`: pending, proven, expired, lost; `problem` is what the last look found instead.

    `expires_at`: of the token, while the domain is not proven.
    """

    id: str
    origin: str
    state: str
    means: str
    problem: str
    proof: ProofOut
    expires_at: Instant
    proven_at: Instant | None
    checked_at: Instant | None


class DomainsOut(Out):
    """The seller's domains by name."""

    items: list[DomainOut]


class BoundProduct(Out):
    """A product that an address delivers."""

    id: str
    slug: str
    name: str


class AddressOut(Out):
    """A production address. `state`: verified, or lost with its domain."""

    id: str
    url: str
    state: str
    key_kind: str
    signature_variant: str
    send_testflag_zero: bool
    require_body_sign: bool
    wants_order_notices: bool
    products: list[BoundProduct]


class AddressesOut(Out):
    """The seller's addresses, those that can be used first."""

    items: list[AddressOut]


class KeyOut(Out):
    """A key without its value."""

    id: str
    kind: str
    active_from: Instant
    created_at: Instant


class KeysOfKind(Out):
    """The keys of one interface type: the one in use, the one that follows, those before."""

    kind: str
    current: KeyOut | None
    following: KeyOut | None
    former: list[KeyOut]


class KeysOut(Out):
    """Every interface type with its keys."""

    items: list[KeysOfKind]


class KeyValueOut(Out):
    """The key itself. Never kept with the answers of repeated writes."""

    value: str
    form: str


class ParameterOut(Out):
    """A parameter with what is sent for it unless another value is given."""

    name: str
    value: str
    limit: int
    mandatory: bool
    choices: list[str]


class PresetsOut(Out):
    """The parameters of an activity."""

    activity: str
    items: list[ParameterOut]


class CaseOut(Out):
    """A saved case and how it went when it was last repeated."""

    id: str
    address: str
    activity: str
    variant: str
    parameters: dict[str, str]
    instance: str
    saved_at: Instant
    saved_by: str
    run_at: Instant
    passed: bool
    problem: str


class CasesOut(Out):
    """Saved cases, in the order in which they are repeated. `missing`: of what a SaaS product by period needs."""

    items: list[CaseOut]
    missing: list[str]


class CallOut(Out):
    """What came of a call. `problem` names field, limit and value; account names and passwords are masked.

    `phase`: `answer`, or how far a call without one came. `refused_signature`: have the signature diagnosed.
    """

    passed: bool
    problem: str
    field: str
    phase: str
    status: int | None
    code: str
    milliseconds: int
    url: str
    request: str
    answer: str
    instance: str
    refused_signature: bool
    polls: int
    case: CaseOut | None


class DiagnosisOut(Out):
    """Which reading of the documents the server has, or which other key; empty: none that is known."""

    variant: str
    key_kind: str
    tried: list[str]


class ReplayedOut(Out):
    """What came of one case."""

    case: str
    activity: str
    variant: str
    passed: bool
    problem: str
    status: int | None
    code: str
    milliseconds: int


class ReplayOut(Out):
    """Whether every case passed, and each."""

    passed: bool
    items: list[ReplayedOut]


def domain_out(row: Any) -> DomainOut:
    host = urlsplit(row.origin).hostname or ""
    proof = ProofOut(
        file_url=f"{row.origin}{rules.PROOF_PATH}", file_content=row.token, record_name=f"{rules.PROOF_NAME}.{host}",
        record_text=f"{rules.PROOF_PREFIX}{row.token}",
    )  # fmt: skip
    return DomainOut(
        id=row.public_id, origin=row.origin, state=row.state, means=row.means, problem=row.problem, proof=proof,
        expires_at=row.expires_at, proven_at=row.proven_at, checked_at=row.checked_at,
    )  # fmt: skip


def address_out(row: Any, products: list[Any]) -> AddressOut:
    return AddressOut(
        id=row.public_id, url=row.url, state=row.state, key_kind=row.key_kind,
        signature_variant=row.signature_variant, send_testflag_zero=row.send_testflag_zero,
        require_body_sign=row.require_body_sign, wants_order_notices=row.wants_order_notices,
        products=[BoundProduct(id=each.public_id, slug=each.slug, name=each.name) for each in products],
    )  # fmt: skip


def key_out(row: Any) -> KeyOut:
    return KeyOut(id=str(row.pk), kind=row.kind, active_from=row.active_from, created_at=row.created_at)


def keys_out(row: Any) -> KeysOfKind:
    return KeysOfKind(
        kind=row.kind, current=key_out(row.current) if row.current else None,
        following=key_out(row.following) if row.following else None, former=[key_out(each) for each in row.former],
    )  # fmt: skip


def case_out(row: Any) -> CaseOut:
    return CaseOut(
        id=row.public_id, address=row.address.public_id, activity=row.activity, variant=row.variant,
        parameters={name: str(value) for name, value in row.parameters.items()}, instance=row.instance_id,
        saved_at=row.saved_at, saved_by=row.saved_by, run_at=row.run_at, passed=row.passed, problem=row.problem,
    )  # fmt: skip


def call_out(found: Any) -> CallOut:
    tried = found.tried
    exchange = tried.exchange
    return CallOut(
        passed=tried.passed, problem=tried.problem, field=exchange.verdict.field, phase=exchange.phase,
        status=exchange.status, code=exchange.verdict.code, milliseconds=exchange.milliseconds, url=exchange.url,
        request=exchange.request_body.decode("utf-8", "replace"),
        answer=exchange.logged_body.decode("utf-8", "replace")[:20_000], instance=tried.instance_id,
        refused_signature=found.is_refused_signature, polls=len(tried.polls),
        case=case_out(found.case) if found.case else None,
    )  # fmt: skip


def replayed_out(row: Any) -> ReplayedOut:
    return ReplayedOut(
        case=row.case_id, activity=row.activity, variant=row.variant, passed=row.passed, problem=row.problem,
        status=row.http_status, code=row.result_code, milliseconds=row.milliseconds,
    )  # fmt: skip
