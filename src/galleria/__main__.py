from __future__ import annotations

import sys

from galleria.cli.main import main

sys.exit(main())
