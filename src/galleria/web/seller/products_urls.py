"""Addresses of products, the editor and releases (S3, S4, S5, S7)."""

from __future__ import annotations

from django.urls import path

from galleria.web.seller import attributes, checking, editor, joint, prices, product, products, releases, upgrades

urlpatterns = [
    path("releases", releases.show, name="seller_releases"),
    path("releases/<str:release_id>", releases.one, name="seller_release"),
    path("releases/<str:release_id>/withdraw", releases.withdraw, name="seller_release_withdraw"),
    path("attributes", attributes.show, name="seller_attributes"),
    path("attributes/<str:code>", attributes.one, name="seller_attribute"),
    path("joint", joint.show, name="seller_joint"),
    path("joint/new", joint.new, name="seller_joint_new"),
    path("joint/templates.zip", joint.templates, name="seller_joint_templates"),
    path("joint/<str:certificate_id>", joint.one, name="seller_joint_one"),
    path("joint/<str:certificate_id>/release", joint.release, name="seller_joint_release"),
    path("products", products.show, name="seller_products"),
    path("products/new", products.new, name="seller_product_new"),
    path("products/act", products.act, name="seller_products_act"),
    path("products/<str:product_id>", product.show, name="seller_product"),
    path("products/<str:product_id>/configure", product.configure, name="seller_product_configure"),
    path("products/<str:product_id>/upgrades", upgrades.show, name="seller_upgrades"),
    path("products/<str:product_id>/removal", product.removal, name="seller_removal"),
    path(
        "products/<str:product_id>/removal/<str:removal_id>/withdraw", product.withdraw_removal,
        name="seller_removal_withdraw",
    ),
    path("products/<str:product_id>/edit", editor.open_, name="seller_edit"),
    path(
        "products/<str:release_id>/edit/specifications/<int:number>", prices.one, name="seller_edit_specification"
    ),
    path(
        "products/<str:release_id>/edit/specifications/<int:number>/test", prices.test, name="seller_price_test"
    ),
    path(
        "products/<str:release_id>/edit/specifications/<int:number>/prices.csv", prices.export,
        name="seller_prices_export",
    ),
    path("products/<str:release_id>/edit/<slug:key>", editor.section, name="seller_edit_section"),
    path("products/<str:release_id>/checks", checking.show, name="seller_checks"),
    path("products/<str:release_id>/differences", checking.differences, name="seller_differences"),
    path("products/<str:release_id>/preview", checking.preview, name="seller_preview"),
    path("products/<str:release_id>/preview/page", checking.preview_page, name="seller_preview_page"),
    path("products/<str:release_id>/preview/page/price", checking.preview_price, name="seller_preview_price"),
    path("previews/<str:token>", checking.shared, name="seller_shared_preview"),
    path("previews/<str:token>/price", checking.shared, name="seller_shared_price"),
    path("products/<str:release_id>/submit", editor.submit, name="seller_submit"),
    path("products/<str:release_id>/discard", editor.discard, name="seller_discard"),
]  # fmt: skip
