"""What can be done with releases and with products on sale; one file a family of use cases."""

from __future__ import annotations

from galleria.releasing.services.attributes import (
    attributes_of,
    change_attribute,
    create_attribute,
    delete_attribute,
    install_presets,
)
from galleria.releasing.services.drafts import (
    DraftChanged,
    check,
    copy_document,
    delete_release,
    findings_of,
    may_edit,
    preview,
    save,
    start_release,
)
from galleria.releasing.services.notices import answer_notice, close_notice, remove_for_notice, send_notice
from galleria.releasing.services.products import (
    RegionNotCertified,
    configure_sales,
    hide_product,
    hide_specification,
    set_stock,
    set_trial_access,
    show_product,
    show_specification,
    warnings_for,
)
from galleria.releasing.services.removing import (
    RemovalPending,
    end_sale,
    removal_effects,
    request_removal,
    withdraw_removal,
)
from galleria.releasing.services.submitting import (
    AlreadyPending,
    CasesFailed,
    ReleaseRefused,
    submit_release,
    withdraw_release,
)
from galleria.releasing.services.upgrades import set_upgrade_rules, upgrades_of

__all__ = [
    "AlreadyPending",
    "CasesFailed",
    "DraftChanged",
    "RegionNotCertified",
    "ReleaseRefused",
    "RemovalPending",
    "answer_notice",
    "attributes_of",
    "change_attribute",
    "check",
    "close_notice",
    "configure_sales",
    "copy_document",
    "create_attribute",
    "delete_attribute",
    "delete_release",
    "end_sale",
    "findings_of",
    "hide_product",
    "hide_specification",
    "install_presets",
    "may_edit",
    "preview",
    "removal_effects",
    "remove_for_notice",
    "request_removal",
    "save",
    "send_notice",
    "set_stock",
    "set_trial_access",
    "set_upgrade_rules",
    "show_product",
    "show_specification",
    "start_release",
    "submit_release",
    "upgrades_of",
    "warnings_for",
    "withdraw_release",
    "withdraw_removal",
]
