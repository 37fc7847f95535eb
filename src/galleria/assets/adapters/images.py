"""Where the images of an account are listed: nowhere, or in the demo's made-up cloud."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_noop as _

from galleria.assets.ports import CloudImage


class NoImages:
    """This marketplace is not connected to a cloud."""

    name = _("no cloud")
    is_demo = False

    def images(self, account_id: str) -> Sequence[CloudImage]:
        return ()


class DemoImages:
    """Images that do not exist: one for each reason why an image may not be usable, and two that are."""

    name = _("demo cloud")
    is_demo = True

    def images(self, account_id: str) -> Sequence[CloudImage]:
        tail = account_id[-6:]

        def image(number: int, name: str, region: str = "singapore", state: str = "normal", *, disk: bool = True,
                  base: bool = True, encrypted: bool = False, own: bool = True) -> CloudImage:  # fmt: skip
            return CloudImage(
                f"img-demo-{tail}-{number:02d}", name, region, state, disk, base, encrypted, own, "Debian 12", 40
            )

        return (
            image(1, "backup-server-2"),
            image(2, "backup-server-3", "santiago"),
            image(3, "backup-data", disk=False),
            image(4, "own-kernel", base=False),
            image(5, "office-copy", "nowhere-1"),
            image(6, "half-made", state="creating"),
            image(7, "sealed", encrypted=True),
            image(8, "partner-image", own=False),
        )
