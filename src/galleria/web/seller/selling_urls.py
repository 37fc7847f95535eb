"""Addresses of a seller's own data: registration, certification, profile, people, violations, exit."""

from __future__ import annotations

from django.urls import path

from galleria.web.seller import certification, coupons, people, profile, recipients, start, violations
from galleria.web.seller import exit as leaving

urlpatterns = [
    path("start", start.show, name="seller_start"),
    path("start/begin", start.begin, name="seller_start_begin"),
    path("start/save", start.save, name="seller_start_save"),
    path("start/prove", start.prove, name="seller_start_prove"),
    path("start/submit", start.submit, name="seller_start_submit"),
    path("start/withdraw", start.withdraw, name="seller_start_withdraw"),
    path("certification", certification.index, name="seller_certifications"),
    path("certification/<str:party_id>", certification.show, name="seller_certification"),
    path("certification/<str:party_id>/sign", certification.sign, name="seller_certification_sign"),
    path("certification/<str:party_id>/withdraw", certification.withdraw, name="seller_certification_withdraw"),
    path("profile", profile.show, name="seller_profile"),
    path("profile/service", profile.support, name="seller_support"),
    path("profile/tickets", profile.tickets, name="seller_tickets"),
    path("profile/agreements", profile.agreements, name="seller_agreements"),
    path("profile/edit", profile.change, {"kind": "profile"}, name="seller_profile_edit"),
    path("profile/edit/act", profile.act, {"kind": "profile"}, name="seller_profile_act"),
    path("profile/name", profile.change, {"kind": "name"}, name="seller_name"),
    path("profile/name/act", profile.act, {"kind": "name"}, name="seller_name_act"),
    path("storefront", profile.change, {"kind": "storefront"}, name="seller_storefront"),
    path("storefront/act", profile.act, {"kind": "storefront"}, name="seller_storefront_act"),
    path("people", people.index, name="seller_people"),
    path("people/<str:user_id>", people.show, name="seller_person"),
    path("recipients", recipients.index, name="seller_recipients"),
    path("recipients/confirm", recipients.confirm, name="seller_recipient_confirm"),
    path("recipients/<str:recipient_id>", recipients.show, name="seller_recipient"),
    path("violations", violations.index, name="seller_violations"),
    path("violations/<str:violation_id>/appeal", violations.appeal, name="seller_appeal"),
    path("test-coupons", coupons.index, name="seller_test_coupons"),
    path("test-coupons/<str:request_id>/withdraw", coupons.withdraw, name="seller_test_coupon_withdraw"),
    path("exit", leaving.show, name="seller_exit"),
]
