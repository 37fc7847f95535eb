"""Legal texts and who accepted them (B-TRM)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit import prepared
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, Refused
from galleria.kit.prepared import Prepared
from galleria.parties import selectors
from galleria.parties.models import Agreement, AgreementAcceptance, AgreementVersion

# B-TRM-001: (sales model of the product, bought through a reseller) decides. A third-party seller's product
# has one agreement whichever way it is bought.
PLATFORM_AGREEMENTS: Mapping[tuple[str, bool], str] = {
    ("partner", False): "AGR_PARTNER_USER",
    ("partner", True): "AGR_PARTNER_USER",
    ("joint", False): "AGR_JOINT_USER",
    ("joint", True): "AGR_JOINT_USER",
    ("operator", False): "AGR_OPERATOR_USER",
    ("operator", True): "AGR_OPERATOR_EULA",
}
READ_ONLY = frozenset({"AGR_LEGACY"})
_ACCEPTED = Prepared(lambda p: AgreementAcceptance.objects.filter(account_id=p("account"), order_id=p("order")))


class AgreementNotAccepted(Refused):
    """`extra["missing"]` names the agreements whose box is not ticked."""

    code = "AGREEMENT_NOT_ACCEPTED"
    status = 409
    default_message = _("Please accept the agreements first.")


class AgreementVersionChanged(Refused):
    """`extra["changed"]` names the agreements of which a newer version is in force now."""

    code = "AGREEMENT_VERSION_CHANGED"
    status = 409
    default_message = _("An agreement has a new version. Please read and accept it.")


def platform_agreement_key(sales_model: str, through_reseller: bool) -> str:
    """The one agreement of the platform for an order line (B-TRM-001)."""
    return PLATFORM_AGREEMENTS[sales_model, through_reseller]


def product_agreement_key(product_id: str) -> str:
    """The key of the seller's own licence of a product."""
    return f"product:{product_id}"


@transaction.atomic
def publish_version(
    *,
    key: str,
    kind: str,
    name: str,
    issuer: str,
    version: str,
    texts: Mapping[str, str],
    effective_at: datetime,
    product_id: str = "",
    change_note: str = "",
) -> AgreementVersion:
    """Add a version to an agreement, which is made at its first version; the same version again changes nothing.

    Raises Invalid when the version exists with another text: what was accepted never changes (B-TRM-002).
    """
    if not texts.get("en", "").strip():
        raise Invalid(fields={"texts": _("The English text is needed.")})
    agreement, _made = Agreement.objects.get_or_create(
        key=key, defaults={"kind": kind, "name": name, "issuer": issuer, "product_id": product_id}
    )
    row, made = AgreementVersion.objects.get_or_create(
        agreement=agreement,
        version=version,
        defaults={"effective_at": effective_at, "texts": dict(texts), "change_note": change_note},
    )
    if not made and row.texts != dict(texts):
        raise Invalid(
            _("Version %(version)s of %(name)s exists with another text. Give it a new number.")
            % {"version": version, "name": name}
        )
    return row


def require_acceptance(
    keys: Iterable[str], accepted: Mapping[str, str] | Collection[tuple[str, str]], at: datetime
) -> list[AgreementVersion]:
    """The versions in force of the agreements, if each was ticked in exactly that version.

    `accepted` says which version of each key the page showed and the person ticked. An agreement without any
    version asks for nothing. Raises AgreementNotAccepted and AgreementVersionChanged (B-TRM-T2).
    """
    ticked = dict(accepted)
    wanted = list(dict.fromkeys(keys))
    versions = selectors.versions_to_accept(wanted, at)
    in_force = [versions[key] for key in wanted if key in versions]
    if missing := [row for row in in_force if row.agreement.key not in ticked]:
        names = ", ".join(row.agreement.name for row in missing)
        raise AgreementNotAccepted(
            _("Please accept: %(names)s.") % {"names": names},
            extra={"missing": [row.agreement.key for row in missing]},
        )
    if changed := [row for row in in_force if ticked[row.agreement.key] != row.version]:
        names = ", ".join(row.agreement.name for row in changed)
        raise AgreementVersionChanged(
            _("There is a new version of %(names)s. Please read and accept it.") % {"names": names},
            extra={"changed": {row.agreement.key: row.version for row in changed}},
        )
    return in_force


@transaction.atomic
def accept_agreements(
    actor: Actor, *, versions: Iterable[AgreementVersion], at: datetime, order_id: str = ""
) -> list[AgreementAcceptance]:
    """Record that the actor accepts the versions for its account (B-TRM-003), once per order and version."""
    account_pk = selectors.account_pk_of(actor)
    wanted = list(versions)
    for version in wanted:
        if version.agreement.key in READ_ONLY:
            raise Invalid(_("%(name)s can only be read.") % {"name": version.agreement.name})
    known = {row.version_id: row for row in _ACCEPTED.all(account=account_pk, order=order_id)}
    made = {
        version.pk: AgreementAcceptance(
            account_id=account_pk,
            version=version,
            order_id=order_id,
            user_id=actor.user_pk,
            accepted_at=at,
            address=actor.address,
        )
        for version in wanted
        if version.pk not in known
    }
    prepared.insert(*made.values())
    for row in [] if order_id else made.values():
        agreement = row.version.agreement
        audit.record(actor, "agreement.accepted", agreement, at=at, after={"version": row.version.version})
    return [made.get(version.pk) or known[version.pk] for version in wanted]
