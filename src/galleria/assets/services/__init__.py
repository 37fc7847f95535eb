"""What sellers and operations do with assets."""

from __future__ import annotations

from galleria.assets.services.deciding import enter_result
from galleria.assets.services.keeping import (
    add_asset,
    add_version,
    asset_to_add,
    delete_asset,
    delete_version,
    edit_asset,
    edit_version,
    verify_site,
)
from galleria.assets.services.scanning import end_broken_scan, run_scan, submit_version
from galleria.assets.services.uploading import (
    PIECE,
    drop_upload,
    give_file,
    piece_came,
    refuse_upload,
    start_upload,
    take_in,
    tidy_uploads,
)

__all__ = [
    "PIECE",
    "add_asset",
    "add_version",
    "asset_to_add",
    "delete_asset",
    "delete_version",
    "drop_upload",
    "edit_asset",
    "edit_version",
    "end_broken_scan",
    "enter_result",
    "give_file",
    "piece_came",
    "refuse_upload",
    "run_scan",
    "start_upload",
    "submit_version",
    "take_in",
    "tidy_uploads",
    "verify_site",
]
