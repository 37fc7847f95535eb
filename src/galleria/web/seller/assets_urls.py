"""Addresses of the seller's assets (S6)."""

from __future__ import annotations

from django.urls import path

from galleria.web.seller import asset_uploads, asset_versions, assets

urlpatterns = [
    path("assets", assets.show, name="seller_assets"),
    path("assets/requests", assets.requests, name="seller_asset_requests"),
    path("assets/new", assets.new, name="seller_asset_new"),
    path("assets/uploads/<str:upload_id>", asset_uploads.piece, name="seller_asset_piece"),
    path("assets/uploads/<str:upload_id>/stop", asset_uploads.stop, name="seller_asset_stop"),
    path("assets/scans/<str:scan_id>/report", asset_versions.report, name="seller_asset_report"),
    path("assets/<str:asset_id>", assets.asset, name="seller_asset"),
    path("assets/<str:asset_id>/edit", assets.edit, name="seller_asset_edit"),
    path("assets/<str:asset_id>/delete", assets.delete, name="seller_asset_delete"),
    path("assets/<str:asset_id>/proof", assets.proof, name="seller_asset_proof"),
    path("assets/<str:asset_id>/verify", assets.verify, name="seller_asset_verify"),
    path("assets/<str:asset_id>/versions/new", asset_versions.new, name="seller_version_new"),
    path("assets/<str:asset_id>/versions/<str:version_id>", asset_versions.show, name="seller_version"),
    path("assets/<str:asset_id>/versions/<str:version_id>/edit", asset_versions.edit, name="seller_version_edit"),
    path("assets/<str:asset_id>/versions/<str:version_id>/scan", asset_versions.scan, name="seller_version_scan"),
    path("assets/<str:asset_id>/versions/<str:version_id>/delete", asset_versions.delete, name="seller_version_delete"),
    path("assets/<str:asset_id>/versions/<str:version_id>/file", asset_uploads.give, name="seller_version_file"),
    path("assets/<str:asset_id>/versions/<str:version_id>/uploads", asset_uploads.start, name="seller_version_upload"),
]
