"""Addresses of the account area. The names of the library's pages are those that the library itself looks up."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from galleria.web.account import calendar, entrance, inbox, keys, people, profile, record, tickets

urlpatterns: list[URLPattern | URLResolver] = [
    path("", profile.profile, name="account_profile"),
    path("own-data", profile.own_data, name="account_own_data"),
    path("own-data/delete", profile.ask_for_deletion, name="account_ask_for_deletion"),
    path("switch", entrance.switch, name="account_switch"),
    path("invitation", entrance.invitation, name="account_invitation"),
    path("users", people.users, name="account_users"),
    path("users/invite", people.invite, name="account_invite"),
    path("users/invitations/<str:invitation_id>/withdraw", people.withdraw, name="account_withdraw_invitation"),
    path("users/<str:user_id>", people.user, name="account_user"),
    path("users/<str:user_id>/remove", people.remove, name="account_remove_user"),
    path("complete", people.complete, name="account_complete"),
    path("data", people.data, name="account_data"),
    path("calendar", calendar.calendar, name="account_calendar"),
    path("keys", keys.keys, name="account_keys"),
    path("keys/new", keys.new_api_key, name="account_new_key"),
    path("keys/pair", keys.new_access_key, name="account_new_pair"),
    path("keys/<str:key_id>/revoke", keys.revoke_api_key, name="account_revoke_key"),
    path("keys/pair/<str:access_key>/revoke", keys.revoke_access_key, name="account_revoke_pair"),
    path("messages", inbox.messages, name="account_messages"),
    path("messages/read", inbox.read_all, name="account_read_all"),
    path("messages/channels", inbox.choose, name="account_channels"),
    path("messages/<str:message_id>", inbox.message, name="account_message"),
    path("activity", record.activity, name="account_activity"),
    path("agreements", record.agreements, name="account_agreements"),
    path("tickets", tickets.tickets, name="account_tickets"),
    path("tickets/new", tickets.new, name="account_new_ticket"),
    path("tickets/<str:ticket_id>", tickets.ticket, name="account_ticket"),
    path("tickets/<str:ticket_id>/close", tickets.close, name="account_close_ticket"),
    path("tickets/<str:ticket_id>/<str:verb>", tickets.act, name="account_ticket_act"),
    path("mfa/", entrance.index_of_second_step, name="mfa_index"),
    path("oidc/<str:provider_id>/login/", entrance.identity_login, name="openid_connect_login"),
    path("oidc/<str:provider_id>/login/callback/", entrance.identity_callback, name="openid_connect_callback"),
    path("", include("allauth.account.urls")),
    path("mfa/", include("allauth.mfa.urls")),
    path("sessions/", include("allauth.usersessions.urls")),
    path("identities/", include("allauth.socialaccount.urls")),
]
