"""Who may call which endpoint: one row for each, and the things of Ada's that the paths name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Body = dict[str, Any] | None
Who = Literal["anybody", "signed in", "holders"]


@dataclass(frozen=True)
class Row:
    """How an endpoint is called in the matrix.

    path: with the names of `Things` in braces
    body: what is sent
    good: the statuses that mean "you were let in": the endpoint then answers by its own rules
    stranger: what a stranger with all rights of an account of their own gets for Ada's things; 0: the same as Ada
    """

    path: str
    body: Body = None
    good: tuple[int, ...] = (200,)
    stranger: int = 404
    code: str = "NOT_FOUND"  # of that answer


ROWS: dict[str, Row] = {
    # catalogue
    "list_products": Row("/products?q=helpdesk", stranger=0),
    "get_product": Row("/products/{product}", stranger=0),
    "list_categories": Row("/categories", stranger=0),
    "create_enquiry": Row(
        "/products/{product}/enquiries", {"name": "Ada", "contact": "ada@byron.example", "need": "Advice"}, (409,),
        stranger=0,
    ),
    # quotes and orders
    "create_quote": Row("/quotes", {"product": "helpdesk", "mode": "period:month"}, (201,), stranger=0),
    "get_quote": Row("/quotes/{quote}"),
    "create_order": Row("/orders", {"quote": "{quote}", "agreements": {}, "consent": True}, (201, 409)),
    "list_orders": Row("/orders", stranger=0),
    "export_orders": Row("/orders/export", stranger=0),
    "get_order": Row("/orders/{order}"),
    "cancel_order": Row("/orders/{order}/cancel", {"reason": "changed my mind"}, (200, 409)),
    "approve_order": Row("/orders/{order}/approve", {}, (409,)),
    "reject_order": Row("/orders/{order}/reject", {"reason": "too dear"}, (409,)),
    "accept_order": Row("/orders/{order}/accept", {}, (409,)),
    # payments
    "list_payment_options": Row("/payments/options?orders={order}", None, (200, 409)),
    "create_payment": Row("/payments", {"orders": ["{order}"], "method": "balance"}, (201, 409)),
    "get_payment": Row("/payments/{payment}"),
    "confirm_payment": Row("/payments/{payment}/confirm", {}, (200,)),
    # subscriptions
    "list_subscriptions": Row("/subscriptions", stranger=0),
    "export_subscriptions": Row("/subscriptions/export", stranger=0),
    "get_subscription": Row("/subscriptions/{subscription}"),
    "list_coming_events": Row("/subscriptions/{subscription}/coming"),
    "get_app_info": Row("/subscriptions/{subscription}/app-info", None, (200,)),
    "refresh_app_info": Row("/subscriptions/{subscription}/app-info/refresh", {}, (409,)),
    "reveal_password": Row("/subscriptions/{subscription}/password", {}, (200,)),
    "get_auto_renewal": Row("/subscriptions/{subscription}/auto-renewal"),
    "set_auto_renewal": Row("/subscriptions/{subscription}/auto-renewal", {"is_on": True}),
    "list_change_targets": Row("/subscriptions/{subscription}/change-targets"),
    "preview_change": Row("/subscriptions/{subscription}/change-preview?mode=now", None, (200, 409)),
    "create_change": Row(
        "/subscriptions/{subscription}/changes", {"mode": "now", "digest": "0" * 64, "agreements": {}}, (409,)
    ),
    # leaving
    "preview_unsubscription": Row("/subscriptions/{subscription}/unsubscription-preview"),
    "preview_unsubscriptions": Row("/unsubscriptions/preview", {"subscriptions": ["{subscription}"]}),
    "create_unsubscription": Row(
        "/unsubscriptions", {"subscriptions": ["{subscription}"], "digest": "0.other"}, (409,)
    ),
    "list_unsubscriptions": Row("/unsubscriptions", stranger=0),
    "get_unsubscription": Row("/unsubscriptions/{order}", None, (404,)),
    "withdraw_unsubscription": Row("/unsubscriptions/{order}/withdraw", {}, (404,)),
    # renewals
    "list_renewals": Row("/renewals", stranger=0),
    "preview_renewals": Row("/renewals/preview?subscriptions={subscription}", None, (409,)),
    "preview_renewal": Row("/subscriptions/{subscription}/renewal-preview", None, (409,)),
    "create_renewals": Row("/renewals", {"subscriptions": ["{subscription}"], "digest": "0" * 64}, (409,)),
    "get_renewal_policy": Row("/subscriptions/{subscription}/renewal-policy"),
    "set_renewal_policy": Row("/subscriptions/{subscription}/renewal-policy", {"policy": "auto"}),
    "list_deductions": Row("/subscriptions/{subscription}/deductions"),
    "get_renewal_setting": Row("/renewal-setting", stranger=0),
    "set_renewal_setting": Row("/renewal-setting", {"renewal_day": 1}, stranger=0),
    "preview_conversion": Row("/subscriptions/{subscription}/conversion-preview", None, (409,)),
    "create_conversion": Row("/subscriptions/{subscription}/conversion", {"digest": "0" * 64}, (409,)),
    # account
    "get_me": Row("/me", stranger=0),
    "get_account": Row("/account", stranger=0),
    "get_balance": Row("/account/balance", stranger=0),
    "list_entries": Row("/account/entries", stranger=0),
    "list_coupons": Row("/coupons", stranger=0),
    "get_coupon": Row("/coupons/{coupon}"),
    "list_claimable_coupons": Row("/coupon-batches", stranger=0),
    "claim_coupon": Row("/coupon-batches/{batch}/claim", {}, (201, 409), stranger=0),
    "redeem_coupon": Row("/coupon-codes", {"code": "NOBODYKNOWSTHIS2"}, (422,), stranger=0),
    "list_offers": Row("/offers", stranger=0),
    "get_offer": Row("/offers/{offer}", stranger=403, code="OFFER_NOT_AVAILABLE"),
    "list_top_ups": Row("/top-ups", stranger=0),
    "create_top_up": Row(
        "/top-ups",
        {
            "method": "bank", "amount": "100.00", "currency": "EUR", "sender": "Byron", "bank": "Nordbank",
            "transferred_on": "2027-02-28",
        },
        (201,),
        stranger=0,
    ),
    "list_payment_means": Row("/payment-means", stranger=0),
    "make_default_means": Row("/payment-means/{means}/default", {}),
    "remove_means": Row("/payment-means/{means}", None, (204, 404)),
    # yours
    "list_favorites": Row("/favorites", stranger=0),
    "save_favorite": Row("/favorites/{product}", {"term": 1}, stranger=0),
    "remove_favorite": Row("/favorites/{product}", None, (204,), stranger=0),
    "list_messages": Row("/messages", stranger=0),
    "read_message": Row("/messages/{message}/read", {}, (200, 404)),
    "read_all_messages": Row("/messages/read", {}, stranger=0),
    "list_agreements": Row("/agreements", stranger=0),
    "get_agreement": Row("/agreements/AGR_PARTNER_USER", stranger=0),
    "list_tickets": Row("/tickets", stranger=0),
    "create_ticket": Row("/tickets", {"category": "other", "subject": "A", "text": "B"}, (201,), stranger=0),
    "get_ticket": Row("/tickets/{ticket}"),
    "close_ticket": Row("/tickets/{ticket}/close", {}, (200, 409)),
    "get_ticket_course": Row("/tickets/{seller_ticket}/course"),
    "write_into_ticket": Row("/tickets/{seller_ticket}/messages", {"text": "Hello"}, (201,)),
    "confirm_ticket": Row("/tickets/{seller_ticket}/confirm", {}, (409,)),
    "reopen_ticket": Row("/tickets/{seller_ticket}/reopen", {"text": "No"}, (409,)),
    "grant_ticket_access": Row("/tickets/{seller_ticket}/access/grant", {"days": 3}, (409,)),
    "refuse_ticket_access": Row("/tickets/{seller_ticket}/access/refuse", {}, (409,)),
    "revoke_ticket_access": Row("/tickets/{seller_ticket}/access/revoke", {}, (409,)),
    # becoming a seller
    "get_seller_application": Row("/seller-application", stranger=0),
    "save_seller_application": Row("/seller-application", {"values": {"city": "Lund"}}),
    "attach_to_seller_application": Row(
        "/seller-application/documents", {"field": "licence", "name": "a.pdf", "content": "AAAA"}, (422,)
    ),
    "send_contact_code": Row("/seller-application/contact-code", {}, (200, 409)),
    "prove_contact": Row("/seller-application/contact-proof", {"code": "1"}, (422,)),
    "submit_seller_application": Row("/seller-application/submit", {"agreements": {}}, (422,)),
    "withdraw_seller_application": Row("/seller-application/withdraw", {}, (409,)),
    "begin_seller_application": Row("/seller-application", {}, (200, 409), stranger=0),
}  # fmt: skip

FOR_THE_OWNER = {name for name, row in ROWS.items() if row.path.startswith("/seller-application")}
"""Endpoints that are for the main account alone, whatever a role grants (S-SUB-001)."""

WITHOUT_PERMISSION = {
    "get_me": "tells the caller about the caller",
    "get_agreement": "legal texts are public",
    "list_messages": "a person's own messages",
    "read_message": "a person's own messages",
    "read_all_messages": "a person's own messages",
}
"""Endpoints that need no action of the table, and why."""

LATER = "comes with a later issue: "
NO_ENDPOINT = {
    "billing:subscription:toDemand": LATER + "changes of the billing mode",
    "billing:balance:repay": LATER + "monthly bills",
    "billing:balance:withdraw": "asked for by ticket (gallery:ticket:manage); paid out by the operator",
    "billing:balance:alert": LATER + "alerts",
    "billing:bill:view": LATER + "monthly bills",
    "billing:bill:export": LATER + "monthly bills",
    "billing:bill:setting": LATER + "monthly bills",
    "billing:invoice:view": LATER + "invoices",
    "billing:invoice:manage": LATER + "invoices",
    "billing:contract:view": LATER + "contracts",
    "billing:contract:manage": LATER + "contracts",
    "billing:budget:view": LATER + "budgets",
    "billing:budget:manage": LATER + "budgets",
    "gallery:serviceflow:view": LATER + "service orders",
    "gallery:serviceflow:submit": LATER + "service orders",
    "gallery:serviceflow:appeal": LATER + "appeals",
    "gallery:review:create": LATER + "reviews by buyers",
    "gallery:agency:view": LATER + "agencies",
    "iam:agency:create": LATER + "agencies",
    "iam:policy:create": LATER + "agencies",
    "iam:agency:delete": LATER + "agencies",
    "gallery:member:manage": LATER + "organisation and seats",
    "iam:user:manage": "people are invited in pages, by a person",
    "iam:key:manage": "a key must not make keys: they are made and revoked in pages, by a person",
}
"""Actions of buyers that guard no endpoint, and why (B-PRM-T2)."""


SELLER_ROWS: dict[str, Row] = {
    # releases
    "list_seller_releases": Row("/seller/releases", stranger=0),
    "create_seller_release": Row("/seller/releases", {"delivery": "saas"}, (201,), stranger=0),
    "get_seller_release": Row("/seller/releases/{release}"),
    "save_seller_release": Row(
        "/seller/releases/{release}", {"document": {"delivery": "saas"}, "version": 2}, (200, 409)
    ),
    "check_seller_release": Row("/seller/releases/{release}/checks"),
    "submit_seller_release": Row("/seller/releases/{release}/submit", {}, (200, 409, 422)),
    "withdraw_seller_release": Row("/seller/releases/{release}/withdraw", {}, (200, 409)),
    "preview_seller_price": Row("/seller/releases/{release}/price?specification=standard", None, (200, 404)),
    "get_seller_prices": Row("/seller/releases/{release}/prices/standard", None, (200, 404)),
    "set_seller_prices": Row("/seller/releases/{release}/prices/standard", {"csv": "a", "version": 1}, (404, 422)),
    "create_seller_file": Row("/seller/files", {"name": "a.pdf", "content": "AAAA"}, (422,), stranger=0),
    "delete_seller_release": Row("/seller/releases/{release}", None, (204, 409)),
    # products
    "list_seller_products": Row("/seller/products", stranger=0),
    "get_seller_product": Row("/seller/products/{product}"),
    "hide_seller_product": Row("/seller/products/{product}/hide", {"reason": "pause"}, (200, 409)),
    "show_seller_product": Row("/seller/products/{product}/show", {}, (200, 409)),
    "set_seller_sales": Row("/seller/products/{product}/sales", {"purchase_limit": {"once": True}}, (200, 409)),
    "set_seller_stock": Row("/seller/products/{product}/stock", {"specification": "standard", "stock": 5}, (200, 409)),
    "set_seller_access": Row("/seller/products/{product}/access", {"accounts": []}, (409, 422)),
    "set_seller_trial": Row("/seller/products/{product}/trial-access", {"access": "everyone"}, (409, 422)),
    "get_seller_upgrades": Row("/seller/products/{product}/upgrades"),
    "set_seller_upgrades": Row("/seller/products/{product}/upgrades", {"pairs": []}, (200, 422)),
    "get_removal_effects": Row("/seller/products/{product}/removal-effects"),
    "create_seller_removal": Row("/seller/products/{product}/removals", {"reason": "no longer made"}, (201, 409)),
    "list_seller_removals": Row("/seller/removals", stranger=0),
    "withdraw_seller_removal": Row("/seller/removals/{removal}/withdraw", {}, (200, 409)),
    "list_seller_notices": Row("/seller/notices", stranger=0),
    "answer_seller_notice": Row("/seller/notices/{notice}/answer", {"text": "It is mended."}, (200, 409)),
    "list_seller_attributes": Row("/seller/attributes", stranger=0),
    "create_seller_attribute": Row(
        "/seller/attributes", {"kind": "choice", "code": "edition", "name": "Edition"}, (201, 422), stranger=0
    ),
    "change_seller_attribute": Row("/seller/attributes/{attribute}", {"name": "Edition"}, (200, 404)),
    "delete_seller_attribute": Row("/seller/attributes/{attribute}", None, (204, 404)),
    # joint operations
    "list_joint_certificates": Row("/seller/joint-certificates", stranger=0),
    "create_joint_certificate": Row(
        "/seller/joint-certificates",
        {"product_name": "Backup", "delivery": "license", "specifications": ["Standard"]},
        (201,),
        stranger=0,
    ),
    "get_joint_certificate": Row("/seller/joint-certificates/{certificate}"),
    "change_joint_certificate": Row(
        "/seller/joint-certificates/{certificate}",
        {"product_name": "Backup", "delivery": "license", "specifications": ["Standard"]},
        (200,),
    ),
    "submit_joint_certificate": Row(
        "/seller/joint-certificates/{certificate}/submit", {"accepts_agreement": False}, (422,)
    ),
    "release_joint_product": Row("/seller/joint-certificates/{certificate}/release", {}, (409,)),
    "delete_joint_certificate": Row("/seller/joint-certificates/{certificate}", None, (204, 404)),
    # offers and coupons
    "list_seller_offers": Row("/seller/offers", stranger=0),
    "create_seller_offer": Row(
        "/seller/offers",
        {"name": "Spring", "accounts": ["ada.byron@example.com"],
         "lines": [{"product": "{product_id}", "percent": "5"}],
         "ends_at": "2027-04-01T00:00:00Z"},
        (201, 422), stranger=0,
    ),
    "get_seller_offer": Row("/seller/offers/{offer}"),
    "change_seller_offer": Row(
        "/seller/offers/{offer}",
        {"name": "Spring", "accounts": ["ada.byron@example.com"],
         "lines": [{"product": "{product_id}", "percent": "6"}],
         "ends_at": "2027-04-01T00:00:00Z"},
    ),
    "submit_seller_offer": Row("/seller/offers/{offer}/submit", {"confirmed": True}, (200, 409)),
    "withdraw_seller_offer": Row("/seller/offers/{offer}/withdraw", {}, (409,)),
    "invalidate_seller_offer": Row("/seller/offers/{offer}/invalidate", {"reason": "over"}, (200, 409)),
    "delete_seller_offer": Row("/seller/offers/{offer}", None, (204, 409)),
    "list_seller_coupons": Row("/seller/coupons", stranger=0),
    "create_seller_coupons": Row(
        "/seller/coupons",
        {"name": "Five", "claim": "public", "face": "5.00", "quantity": 3, "expires_at": "2027-04-01T00:00:00Z"},
        (201,), stranger=0,
    ),
    "get_seller_coupons": Row("/seller/coupons/{batch}"),
    "list_seller_codes": Row("/seller/coupons/{batch}/codes"),
    "grant_seller_coupons": Row("/seller/coupons/{batch}/grant", {"accounts": ["ada.byron@example.com"]}),
    "void_seller_coupons": Row("/seller/coupons/{batch}/void", {}),
    # tickets
    "list_seller_tickets": Row("/seller/tickets", stranger=0),
    "get_seller_ticket": Row("/seller/tickets/{ticket}"),
    "write_into_seller_ticket": Row("/seller/tickets/{ticket}/messages", {"text": "Which?"}, (201,)),
    "take_seller_ticket": Row("/seller/tickets/{ticket}/take", {}),
    "resolve_seller_ticket": Row("/seller/tickets/{ticket}/resolve", {"cause": "A", "solution": "B"}, (200, 409)),
    "ask_seller_ticket_access": Row("/seller/tickets/{ticket}/access", {"text": "To look"}, (409,)),
    "list_seller_enquiries": Row("/seller/enquiries", stranger=0),
    "list_contact_clicks": Row("/seller/contact-clicks", stranger=0),
    # company
    "get_seller_change": Row("/seller/changes/storefront", stranger=0),
    "save_seller_change": Row("/seller/changes/storefront", {"values": {"story": "We began."}}, stranger=0),
    "attach_to_seller_change": Row(
        "/seller/changes/profile/documents", {"field": "logo", "name": "a.png", "content": "AAAA"}, (422,), stranger=0
    ),
    "detach_from_seller_change": Row("/seller/changes/profile/documents/logo/file_x", stranger=0),
    "submit_seller_change": Row("/seller/changes/name/submit", {}, (409,), stranger=0),
    "withdraw_seller_change": Row("/seller/changes/name/withdraw", {}, (404,)),
    "discard_seller_change": Row("/seller/changes/storefront", stranger=0),
    "get_customer_service": Row("/seller/customer-service", stranger=0),
    "set_customer_service": Row("/seller/customer-service", {"hours": "Mon-Fri 09:00-18:00"}, stranger=0),
    "set_seller_ticket_settings": Row("/seller/customer-service/tickets", {"accepted": False}, stranger=0),
    "list_new_seller_agreements": Row("/seller/agreements", stranger=0),
    "accept_new_seller_agreements": Row("/seller/agreements", {"agreements": {}}, stranger=0),
    "list_seller_recipients": Row("/seller/recipients", stranger=0),
    "add_seller_recipient": Row("/seller/recipients", {"name": "Dan", "email": "dan@a.example"}, (201,), stranger=0),
    "change_seller_recipient": Row("/seller/recipients/{recipient}", {"name": "Dan", "email": "dan@b.example"}),
    "send_seller_recipient_link": Row("/seller/recipients/{recipient}/link", {}),
    "remove_seller_recipient": Row("/seller/recipients/{recipient}", None, (204,)),
    "list_seller_users": Row("/seller/users", stranger=0),
    "set_seller_user": Row("/seller/users/{colleague}", {"roles": ["SellerAdmin"], "products": []}),
    # deliveries
    "list_seller_deliveries": Row("/seller/deliveries", stranger=0),
    "get_seller_delivery": Row("/seller/deliveries/{delivery}"),
    "confirm_seller_delivery": Row("/seller/deliveries/{delivery}/confirm", {}),
    "call_for_seller_delivery": Row("/seller/deliveries/{delivery}/call", {}, (409,)),
    # standing
    "list_seller_violations": Row("/seller/violations", stranger=0),
    "appeal_seller_violation": Row("/seller/violations/{violation}/appeal", {"text": "It was not us."}),
    "list_test_coupons": Row("/seller/test-coupons", stranger=0),
    "ask_for_test_coupon": Row(
        "/seller/test-coupons", {"scheme": "A", "amount": "9.00", "document": {"name": "a.pdf", "content": "AAAA"}},
        (422,), stranger=0,
    ),
    "withdraw_test_coupon": Row("/seller/test-coupons/{wish}/withdraw", {}),
    "get_seller_exit": Row("/seller/exit", stranger=0),
    "ask_for_seller_exit": Row("/seller/exit", {"reason": "We close down."}, (200, 409), stranger=0),
    "withdraw_seller_exit": Row("/seller/exit/withdraw", {}, (200, 409), stranger=0),
    # certification
    "list_seller_certifications": Row("/seller/certifications", stranger=0),
    "get_seller_certification": Row("/seller/certifications/{party}", stranger=0),
    "sign_seller_certification": Row("/seller/certifications/{party}/sign", {"agreements": {}}, (200, 409), stranger=0),
    "save_seller_certification": Row(
        "/seller/certifications/{party}", {"values": {"swift": "HANDSESS"}}, (200, 409), stranger=0
    ),
    "submit_seller_certification": Row("/seller/certifications/{party}/submit", {}, (409, 422), stranger=0),
    "withdraw_seller_certification": Row("/seller/certifications/{party}/withdraw", {}, (409,), stranger=0),
    # application access
    "list_seller_domains": Row("/seller/domains", stranger=0),
    "create_seller_domain": Row("/seller/domains", {"origin": "http://127.0.0.1:9"}, (201,), stranger=0),
    "get_seller_domain": Row("/seller/domains/{domain}"),
    "prove_seller_domain": Row("/seller/domains/{domain}/prove", {}, (409,)),
    "renew_domain_token": Row("/seller/domains/{domain}/token", {}),
    "list_seller_addresses": Row("/seller/addresses", stranger=0),
    "create_seller_address": Row("/seller/addresses", {"domain": "{domain}", "path": "/saas"}, (409,)),
    "get_seller_address": Row("/seller/addresses/{address}"),
    "change_seller_address": Row("/seller/addresses/{address}", {"require_body_sign": True}),
    "bind_seller_product": Row("/seller/addresses/{address}/products", {"product": "{product_id}"}),
    "list_interface_keys": Row("/seller/interface-keys", stranger=0),
    "create_interface_key": Row("/seller/interface-keys", {"kind": "license"}, (201, 409), stranger=0),
    "reveal_interface_key": Row("/seller/interface-keys/{key}/value", {}),
    "withdraw_interface_key": Row("/seller/interface-keys/{key}", None, (409,)),
    "get_call_presets": Row("/seller/addresses/{address}/presets"),
    "send_debugging_call": Row("/seller/addresses/{address}/calls", {"activity": "newInstance"}),
    "diagnose_signature": Row("/seller/addresses/{address}/diagnosis", {"activity": "newInstance"}),
    "list_debugging_cases": Row("/seller/addresses/{address}/cases"),
    "replay_debugging_cases": Row("/seller/addresses/{address}/replay", {}),
    "delete_debugging_case": Row("/seller/debugging-cases/{case}", None, (204,)),
    "delete_seller_address": Row("/seller/addresses/{address}", None, (204, 409)),
    "delete_seller_domain": Row("/seller/domains/{domain}", None, (204,)),
    # assets
    "list_seller_assets": Row("/seller/assets", stranger=0),
    "create_seller_asset": Row("/seller/assets", {"kind": "package", "name": "Agent"}, (201,), stranger=0),
    "get_seller_asset": Row("/seller/assets/{asset}"),
    "change_seller_asset": Row("/seller/assets/{asset}", {"name": "Renamed"}),
    "verify_seller_asset": Row("/seller/assets/{asset}/verify", {}, (409,)),
    "create_asset_version": Row("/seller/assets/{asset}/versions", {"version": "V2.0"}, (201,)),
    "get_asset_version": Row("/seller/asset-versions/{asset_version}"),
    "change_asset_version": Row("/seller/asset-versions/{asset_version}", {"version": "V1.1"}),
    "scan_asset_version": Row("/seller/asset-versions/{asset_version}/scan", {}, (422,)),
    "create_asset_upload": Row(
        "/seller/asset-versions/{asset_version}/uploads", {"name": "b.zip", "size": 9}, (201,)
    ),
    "get_asset_upload": Row("/seller/asset-uploads/{asset_upload}"),
    "send_asset_piece": Row("/seller/asset-uploads/{asset_upload}", {"offset": 0, "content": "UEs="}),
    "delete_asset_upload": Row("/seller/asset-uploads/{asset_upload}", None, (204, 409)),
    "list_asset_images": Row("/seller/asset-images", stranger=0),
    "delete_asset_version": Row("/seller/asset-versions/{asset_version}", None, (204,)),
    "delete_seller_asset": Row("/seller/assets/{asset}", None, (204,)),
}  # fmt: skip
"""Endpoints of sellers, and the things of Bruno's that the paths name."""

SELLER_ELSEWHERE = {
    "seller:order:view": "orders of a seller are read in pages and by the signed order query",
    "seller:order:export": "exported in pages",
    "seller:refund:approve": LATER + "refunds",
    "seller:resale:manage": LATER + "resale",
    "seller:settlement:view": LATER + "settlement",
    "seller:invoice:manage": LATER + "invoices of sellers",
    "seller:review:reply": LATER + "reviews",
}
"""Actions of sellers that guard no endpoint, and why."""
