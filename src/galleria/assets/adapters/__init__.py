"""The scanners and the image service of this deployment."""

from __future__ import annotations

from django.conf import settings

from galleria.assets.adapters.command import CommandScanner
from galleria.assets.adapters.content import ContentScanner
from galleria.assets.adapters.images import DemoImages, NoImages
from galleria.assets.adapters.site import SiteScanner
from galleria.assets.adapters.virus import VirusScanner
from galleria.assets.ports import ImageSource, Scanner
from galleria.kit.files import antivirus


def scanners(kind: str) -> list[Scanner]:
    """Those that look at assets of a kind, in the order in which they run."""
    found: list[Scanner] = [ContentScanner(), SiteScanner()]
    if not isinstance(antivirus.installed(), antivirus.NoScanner):
        found.append(VirusScanner())
    if settings.GALLERIA_ASSET_SCANNER:
        found.append(CommandScanner(settings.GALLERIA_ASSET_SCANNER))
    return [scanner for scanner in found if kind in scanner.kinds]


def image_source() -> ImageSource:
    """The image service: a demo one in the demo, none where no cloud is connected."""
    return DemoImages() if settings.GALLERIA_IMAGE_SOURCE == "demo" else NoImages()
