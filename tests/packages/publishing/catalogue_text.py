"""Small catalogue files for tests: one seller, one product, and what a test changes in them."""

from __future__ import annotations

LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 120"><path fill="#123" d="M10 10h100v100H10z"/></svg>'

CATEGORIES = """
categories:
  - path: data
    room: data
    name: {en: Data, zh: 数据}
    children:
      - {path: backup, name: {en: Backup, zh: 备份}}
"""

SELLERS = """
sellers:
  - slug: bruno
    name: Bruno's Tools
    legal_name: Bruno's Tools ApS
    country: DK
    registration_number: CVR 1
    address: Street 1, Aarhus
    about: Makes tools.
    support: {email: help@bruno.example, hours: "Mon to Fri, 9 to 17 (GMT+01:00)", languages: English}
"""

PRODUCT = """
  - slug: anvil
    seller: bruno
    category: data/backup
    delivery: saas
    logo: 'LOGO'
    name: {en: Anvil, zh: 铁砧}
    summary: {en: A heavy thing., zh: 很重的东西。}
    description: |
      Heavy.

      And **useful**.
    version: V1.0
    contact_consent: yes
    trial_days: 14
    extra_parameters:
      - {key: domain, label: {en: Domain, zh: 域名}}
    specifications:
      - key: small
        name: {en: Small, zh: 小}
        features: {Servers: "1"}
        attributes:
          - {key: people, name: People, kind: quantity, minimum: 5, maximum: 50, step: 5, unit: person}
          - key: size
            name: Size
            kind: choice
            options:
              - {key: s, name: S}
              - {key: m, name: M}
        prices:
          - {mode: period, period: month, terms: [1, 3], price: 9.00 EUR, model: linear, quantity: people}
          - {mode: period, period: year, terms: [1], price: 90.00 EUR, model: linear, quantity: people, only: {size: m}}
""".replace("LOGO", LOGO)


def catalogue(product: str = PRODUCT, *, more: str = "") -> str:
    """A whole file with one product, and what follows it."""
    return f"{CATEGORIES}{SELLERS}\nproducts:{product}{more}"


def changed(old: str, new: str) -> str:
    """The file with one text of the product replaced; the text must be there."""
    assert old in PRODUCT, old
    return catalogue(PRODUCT.replace(old, new))
