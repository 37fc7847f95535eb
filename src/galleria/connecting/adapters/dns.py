"""TXT records by the system's name servers, or by those of `GALLERIA_DNS_SERVERS`."""

from __future__ import annotations

import dns.exception
import dns.nameserver
import dns.resolver
from django.conf import settings

from galleria.connecting.ports import NotAnswered

SECONDS = 5.0


def txt_records(name: str) -> list[str]:
    """Each record as one text; none is an empty list. Raises NotAnswered."""
    try:
        answer = _resolver().resolve(name, "TXT", search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.exception.DNSException as error:
        raise NotAnswered(f"no name server answered for {name}: {type(error).__name__}") from None
    return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]


def _resolver() -> dns.resolver.Resolver:
    servers: list[str] = list(getattr(settings, "GALLERIA_DNS_SERVERS", ()))
    try:
        resolver = dns.resolver.Resolver(configure=not servers)
    except dns.resolver.NoResolverConfiguration as error:
        raise NotAnswered(str(error)) from None
    if servers:
        resolver.nameservers = [_nameserver(text) for text in servers]
    resolver.timeout, resolver.lifetime = SECONDS / 2, SECONDS
    return resolver


def _nameserver(text: str) -> dns.nameserver.Nameserver:
    """`192.0.2.1`, `192.0.2.1:5353`, `[2001:db8::1]:5353`."""
    host, colon, port = text.rpartition(":")
    if not colon or (":" in host and not host.endswith("]")):
        host, port = text, "53"
    return dns.nameserver.Do53Nameserver(host.strip("[]"), int(port))
