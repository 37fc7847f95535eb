"""A seller's server without any framework:

    INTERFACE_KEY=… python wsgi_seller.py

Behind a real server: `application` is WSGI.
"""

from __future__ import annotations

import os
from wsgiref.simple_server import make_server

from my_product import MyProduct, orders_from_environment

from galleria_seller import Endpoint, WsgiApp

endpoint = Endpoint(MyProduct(orders_from_environment()), keys=[os.environ["INTERFACE_KEY"]])
application = WsgiApp({"/saas": endpoint})

if __name__ == "__main__":
    with make_server("127.0.0.1", int(os.environ.get("PORT", "8200")), application) as server:
        print(f"calls are taken at http://127.0.0.1:{server.server_port}/saas", flush=True)
        server.serve_forever()
