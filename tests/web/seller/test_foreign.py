"""A seller that tries what belongs to another seller, by every act of the pages: not found, and nothing happens."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from galleria.audit.models import AuditRecord
from tests.web.screens import SVEA
from tests.web.test_screens import world

__all__ = ["world"]
PRODUCT, DRAFT = "/seller/products/{desk}", "/seller/products/{draft}"
ASSET, VERSION = "/seller/assets/{asset}", "/seller/assets/{asset}/versions/{asset_version}"
ACTS: list[tuple[str, dict[str, Any]]] = [
    ("/seller/products/act", {"do": "hide {desk}"}), ("/seller/products/act", {"do": "show {desk}"}),
    ("/seller/products/act", {"do": "change {desk}"}), ("/seller/products/act", {"do": "copy {desk}"}),
    ("/seller/products/act", {"do": "correct {draft}"}),
    (f"{PRODUCT}/configure", {"do": "limit", "per_account": "1"}),
    (f"{PRODUCT}/configure", {"do": "regions", "regions.only": "yes", "regions": "SE"}),
    (f"{PRODUCT}/configure", {"do": "trial", "access": "everyone"}),
    (f"{PRODUCT}/configure", {"do": "stock standard", "stock-standard": "5"}),
    (f"{PRODUCT}/configure", {"do": "access ", "access-": ""}),
    (f"{PRODUCT}/configure", {"do": "hide standard"}),
    (f"{PRODUCT}/removal", {"reason": "It is replaced.", "sure": "yes"}),
    (f"{PRODUCT}/upgrades", {"do": "save"}),
    ("/seller/interface/addresses/{interface}/bind", {"product": "{desk}", "sure": "yes"}),
    (f"{DRAFT}/edit/listing", {"do": "save", "here": "name", "name.en": "Mine now"}),
    (f"{DRAFT}/edit/specifications", {"do": "add"}), (f"{DRAFT}/edit/specifications/0", {"do": "save"}),
    (f"{DRAFT}/edit/media", {"logo_file": "file"}),
    (f"{DRAFT}/submit", {"sure": "yes"}), (f"{DRAFT}/discard", {"sure": "yes"}),
    ("/seller/releases/{draft}/withdraw", {}),
    (f"{ASSET}/edit", {"name": "Mine now"}), (f"{ASSET}/delete", {"sure": "yes"}),
    (f"{ASSET}/versions/new", {"label": "V9.0"}), ("/seller/assets/{asset_site}/verify", {}),
    (f"{VERSION}/edit", {"label": "V9.0"}), (f"{VERSION}/scan", {}), (f"{VERSION}/delete", {"sure": "yes"}),
    (f"{VERSION}/file", {"file": "file"}), (f"{VERSION}/uploads", {"name": "a.zip", "size": "10"}),
    ("/seller/interface/domains/{waiting_domain}/check", {}),
    ("/seller/interface/domains/{waiting_domain}/remove", {"sure": "yes"}),
    ("/seller/interface/addresses/{interface}/remove", {"sure": "yes"}),
    ("/seller/interface/addresses/{interface}/change", {"key_kind": "base", "sure": "yes"}),
    ("/seller/interface/keys/{interface_key}/show", {}), ("/seller/interface/keys/{interface_key}/withdraw", {}),
    ("/seller/interface/console", {"address": "{interface}", "activity": "newInstance", "do": "debug"}),
    ("/seller/interface/cases/repeat", {"address": "{interface}"}),
    ("/seller/interface/restart/{delivery}", {}),
    ("/seller/orders/{done}/confirm", {}),
    ("/seller/recipients/{recipient}", {"name": "Mine", "do": "save"}),
    ("/seller/people/{sellers_user}", {"do": "save"}),
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.req("UI-GEN-08")
@pytest.mark.parametrize(("path", "data"), ACTS, ids=[f"{path} {data.get('do', '')}" for path, data in ACTS])
def test_another_sellers_things_are_not_found_by_any_act(
    world: dict[str, Any], path: str, data: dict[str, str]
) -> None:
    known = AuditRecord.objects.count()
    given: dict[str, Any] = {name: value.format(**world) for name, value in data.items()}
    for name, value in data.items():
        if value == "file":
            given[name] = SimpleUploadedFile("a.zip", b"PK")

    answer = world["clients"][SVEA].post(path.format(**world), given)

    assert answer.status_code == 404, answer.content[:400]
    assert AuditRecord.objects.count() == known
