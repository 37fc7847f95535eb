"""An OpenID Connect provider for tests, as a process of its own.

It signs everybody in at once, as whom the identity file says; it checks the secret of the client and PKCE.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "galleria", "secret of the client"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
codes: dict[str, dict[str, str]] = {}
tokens: dict[str, dict[str, Any]] = {}


class Handler(BaseHTTPRequestHandler):
    identity_file: Path

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/.well-known/openid-configuration":
            self.answer({
                "issuer": self.base, "authorization_endpoint": f"{self.base}/authorize",
                "token_endpoint": f"{self.base}/token", "userinfo_endpoint": f"{self.base}/userinfo",
                "jwks_uri": f"{self.base}/jwks", "response_types_supported": ["code"],
                "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "code_challenge_methods_supported": ["S256"],
            })  # fmt: skip
        elif parts.path == "/authorize":
            code = secrets.token_urlsafe(16)
            codes[code] = query
            self.send_response(302)
            back = urlencode({"code": code, "state": query["state"]})
            self.send_header("Location", f"{query['redirect_uri']}?{back}")
            self.end_headers()
        elif parts.path == "/jwks":
            self.answer({"keys": [json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))]})
        elif parts.path == "/userinfo":
            self.answer(tokens[self.headers["Authorization"].removeprefix("Bearer ")])
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        asked = codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        given = (form.get("client_id"), form.get("client_secret"))
        if "Authorization" in self.headers:
            given = tuple(base64.b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode().split(":", 1))
        proved = asked is not None and challenge.decode().rstrip("=") == asked.get("code_challenge")
        if not proved or given[0] != CLIENT or given[1] not in {SECRET, SECRET.replace(" ", "+")}:
            self.answer({"error": "invalid_grant"}, 400)
            return
        identity = json.loads(self.identity_file.read_text("utf-8"))
        access = secrets.token_urlsafe(16)
        tokens[access] = identity
        now = int(time.time())
        claims = {**identity, "iss": self.base, "aud": CLIENT, "iat": now, "exp": now + 300}
        if "nonce" in asked:
            claims["nonce"] = asked["nonce"]
        token = jwt.encode(claims, KEY, algorithm="RS256")
        self.answer({"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": token})

    def answer(self, data: Any, status: int = 200) -> None:
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_values: Any) -> None:
        pass


if __name__ == "__main__":
    Handler.identity_file = Path(sys.argv[2])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    partial = Path(sys.argv[1] + ".new")
    partial.write_text(str(server.server_address[1]))
    partial.rename(sys.argv[1])
    server.serve_forever()
