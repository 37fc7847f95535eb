"""Static files: compressed and named by their content once collected, plain before."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Names by content when there is a manifest; the plain names while nothing was collected yet.

    With a manifest a name that is missing from it is an error, as it should be.
    """

    def stored_name(self, name: str) -> str:
        if not self.hashed_files:
            return name
        return str(super().stored_name(name))
