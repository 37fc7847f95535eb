"""Addresses of the pages about sellers' servers (S6)."""

from __future__ import annotations

from django.urls import path

from galleria.web.seller import interface, interface_console, interface_keys, interface_log

urlpatterns = [
    path("interface", interface.show, name="seller_interface"),
    path("interface/domains", interface.add_domain, name="seller_domain_add"),
    path("interface/domains/<str:domain_id>", interface.domain, name="seller_domain"),
    path("interface/domains/<str:domain_id>/<str:act>", interface.domain_act, name="seller_domain_act"),
    path("interface/addresses/<str:address_id>", interface.address, name="seller_address"),
    path("interface/addresses/<str:address_id>/<str:act>", interface.address_act, name="seller_address_act"),
    path("interface/keys", interface_keys.show, name="seller_keys"),
    path("interface/keys/new", interface_keys.make, name="seller_key_new"),
    path("interface/keys/<int:key_pk>/show", interface_keys.reveal, name="seller_key_show"),
    path("interface/keys/<int:key_pk>/withdraw", interface_keys.withdraw, name="seller_key_withdraw"),
    path("interface/console", interface_console.show, name="seller_console"),
    path("interface/console/diagnosis", interface_console.diagnose, name="seller_diagnosis"),
    path("interface/console/diagnosis/keep", interface_console.keep, name="seller_diagnosis_keep"),
    path("interface/cases", interface_log.cases, name="seller_cases"),
    path("interface/cases/repeat", interface_log.repeat, name="seller_cases_repeat"),
    path("interface/cases/<str:case_id>/remove", interface_log.remove_case, name="seller_case_remove"),
    path("interface/tests", interface_log.tests, name="seller_tests"),
    path("interface/messages", interface_log.messages, name="seller_calls"),
    path("interface/messages/<str:call_id>", interface_log.message, name="seller_call"),
    path("interface/restart/<str:delivery_id>", interface_log.restart, name="seller_restart"),
    path("products/<str:product_id>/delivery", interface.product, name="seller_product_delivery"),
]
