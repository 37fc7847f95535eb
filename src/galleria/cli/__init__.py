"""The command line: `galleria COMMAND`. One function a command, in the modules of this package."""

from __future__ import annotations

import os
import sys

from galleria.cli.main import main

__all__ = ["main"]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "galleria.config.settings")
if __name__ == "__main__":
    sys.exit(main())
