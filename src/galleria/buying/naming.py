"""What is bought, in one line: as it is called on the order, on invoices and in messages."""

from __future__ import annotations

from django.utils.translation import gettext as _

from galleria.publishing.models import Product, Specification


def title_of(product: Product, specification: Specification) -> str:
    """ "Plainsong Helpdesk, Solo", in the active language."""
    return _("%(product)s, %(specification)s") % {"product": product.name, "specification": specification.name}
