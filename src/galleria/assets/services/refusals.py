"""Why something about an asset is not done."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from galleria.kit.errors import Invalid, NotAllowed, TooManyRequests


class AssetInUse(NotAllowed):
    """A released product is delivered from it (S-AST-T2). `products` names them."""

    code = "ASSET_IN_USE"


class TooManySites(NotAllowed):
    """A seller has a handful of sites to be scanned (S-AST-T3)."""

    code = "TOO_MANY_SITES"


class DomainBusy(NotAllowed):
    """Of one domain one scan runs at a time (S-AST-T3)."""

    code = "DOMAIN_IS_BEING_SCANNED"
    default_message = _("This domain is being scanned. Wait for the result before you submit again.")


class ScanRunning(NotAllowed):
    """What is being scanned is neither changed nor deleted (S-AST-004)."""

    code = "SCAN_RUNNING"
    default_message = _("A scan is running. Change or delete this when the result is there.")


class NotReady(Invalid):
    """Something that a scan needs is missing; `fields` says what."""

    code = "ASSET_NOT_READY"


class WrongOffset(NotAllowed):
    """The piece does not begin where the last one ended; `offset` says where to go on."""

    code = "WRONG_OFFSET"
    default_message = _("This piece does not follow the last one. Go on where the upload stopped.")


class TooManyUploads(TooManyRequests):
    """Uploads under way are counted."""
