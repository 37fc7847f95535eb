"""Encrypted fields of SaaS contract 1.0: AES-CBC with a key that is derived from the interface key.

A field is 16 letters and digits (the IV) and then the Base64 of the ciphertext. `bits` is 256 (`encryptType` 1) or
128 (`encryptType` 2). Contract 2.0 sends its fields in plain text inside TLS and needs none of this. Needs the
package `cryptography` (`pip install galleria-seller[fields]`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
import string
from typing import Literal

Bits = Literal[128, 256]
_LETTERS = string.ascii_letters + string.digits


class NotDecrypted(ValueError):
    """The field was not made with this key, or was changed."""


def derived_key(key: str, bits: Bits = 256) -> bytes:
    """The AES key of an interface key, as the contract's reference code draws it from a seeded generator."""
    state = hashlib.sha1(key.encode()).digest()  # noqa: S324 (the contract's derivation)
    drawn = b""
    while len(drawn) < bits // 8:
        block = hashlib.sha1(state).digest()  # noqa: S324
        drawn += block
        state = _update(state, block)
    return drawn[: bits // 8]


def _update(state: bytes, block: bytes) -> bytes:
    """State plus block plus one, bytes from the left, signed, with an arithmetic carry."""
    carry, changed, result = 1, False, bytearray()
    for left, right in zip(state, block):
        total = (left - 256 if left > 127 else left) + (right - 256 if right > 127 else right) + carry
        low = total & 0xFF
        changed |= low != left
        result.append(low)
        carry = total >> 8
    if not changed:
        result[0] = (result[0] + 1) & 0xFF
    return bytes(result)


def encrypt(text: str, key: str, *, bits: Bits = 256, iv: str = "") -> str:
    """The field value of a text. `iv` only for tests; else it is drawn anew."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.padding import PKCS7

    iv = iv or "".join(secrets.choice(_LETTERS) for _ in range(16))
    padder = PKCS7(128).padder()
    padded = padder.update(text.encode()) + padder.finalize()
    encryptor = Cipher(algorithms.AES(derived_key(key, bits)), modes.CBC(iv.encode("ascii"))).encryptor()
    return iv + base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode("ascii")


def decrypt(field: str, key: str, *, bits: Bits = 256) -> str:
    """The text of a field value. Raises NotDecrypted."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.padding import PKCS7

    try:
        iv, sealed = field[:16].encode("ascii"), base64.b64decode(field[16:], validate=True)
        decryptor = Cipher(algorithms.AES(derived_key(key, bits)), modes.CBC(iv)).decryptor()
        unpadder = PKCS7(128).unpadder()
        padded = decryptor.update(sealed) + decryptor.finalize()
        return (unpadder.update(padded) + unpadder.finalize()).decode()
    except (ValueError, binascii.Error) as error:
        raise NotDecrypted("the field cannot be decrypted with this key") from error
