"""The WSGI application that the web server runs."""

from __future__ import annotations

import os
import sys

from django.core.wsgi import get_wsgi_application

# A thread that waits for the database gives way, and gets the interpreter back only after this many seconds when
# another one computes. Between the thirty statements of a payment the default of 5 ms adds up, while others wait for
# the write lock.
sys.setswitchinterval(0.0005)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "galleria.config.settings")
application = get_wsgi_application()
