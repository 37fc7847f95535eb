"""A seller's server on Flask:

pip install galleria-seller[flask]
INTERFACE_KEY=… flask --app flask_seller run --port 8200
"""

from __future__ import annotations

import os

from flask import Flask, Response, request
from my_product import MyProduct, orders_from_environment

from galleria_seller import Endpoint

app = Flask(__name__)
endpoint = Endpoint(MyProduct(orders_from_environment()), keys=[os.environ["INTERFACE_KEY"]])


@app.post("/saas")
def saas() -> Response:
    """The production address."""
    answer = endpoint.answer("POST", request.query_string.decode("ascii", "replace"), request.get_data())
    return Response(answer.body, status=answer.status, headers=list(answer.headers))
