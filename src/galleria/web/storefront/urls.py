"""Addresses of the storefront."""

from __future__ import annotations

from django.urls import path

from galleria.web.storefront import (
    browse,
    compare,
    enquiries,
    find,
    helping,
    machines,
    offers,
    product,
    requirements,
    saved,
    sellers,
)

urlpatterns = [
    path("", browse.home, name="home"),
    path("search", browse.search, name="search"),
    path("c/<path:path>", browse.category, name="category"),
    path("products/<slug:slug>", product.show, name="product"),
    path("products/<slug:slug>/price", product.price, name="product_price"),
    path("products/<slug:slug>/save", product.save, name="product_save"),
    path("products/<slug:slug>/questions", product.ask, name="product_ask"),
    path("products/<slug:slug>/website", enquiries.website, name="product_website"),
    path("products/<slug:slug>/enquiry", enquiries.new, name="product_enquiry"),
    path("compare", compare.show, name="compare"),
    path("sellers/<slug:slug>", sellers.show, name="seller"),
    path("requirements/new", requirements.new, name="requirement_new"),
    path("buyer/saved", saved.show, name="saved"),
    path("buyer/offers", offers.index, name="buyer_offers"),
    path("offers/<str:offer_id>", offers.show, name="offer"),
    path("find", find.show, name="find"),
    path("about", helping.about, name="about"),
    path("help", helping.index, name="help"),
    path("help/<slug:topic>", helping.topic, name="help_topic"),
    path("legal", helping.legal, name="legal"),
    path("legal/<str:text>", helping.legal_text, name="legal_text"),
    path("legal/<str:text>/<str:version>", helping.legal_text, name="legal_version"),
    path("media/<path:name>", machines.media, name="media"),
    path("sitemap.xml", machines.sitemap, name="sitemap"),
    path("robots.txt", machines.robots, name="robots"),
    path("favicon.ico", machines.favicon, name="favicon"),
]
