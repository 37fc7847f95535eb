"""Addresses of renewals, automatic renewal and conversion."""

from __future__ import annotations

from django.urls import path

from galleria.web.buyer import renew, renewal_policy, renewals

urlpatterns = [
    path("renewals", renewals.show, name="renewals"),
    path("renewals.csv", renewals.export, name="renewals_export"),
    path("renewals/act", renewals.act, name="renewals_act"),
    path("renewals/policy", renewal_policy.policy, name="renewals_policy"),
    path("renewals/setting", renewal_policy.setting, name="renewals_setting"),
    path("renew", renew.show, name="renew"),
    path("convert/<str:subscription_id>", renew.convert, name="convert"),
]
