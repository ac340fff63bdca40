"""Read the URL of a backend, in the one spelling that we accept.  Pure.

A URL that two parsers read differently is how a check is passed with one host and a
connection is made to another.  So nothing is mended here: what is not plain is refused
with a sentence that says what to write instead.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final

from governance.egress.addresses import Address

PORTS: Final = {"http": 80, "https": 443}
METADATA_NAMES: Final = frozenset({"metadata", "metadata.google.internal"})
MAX_PORT: Final = 65_535
MAX_HOST: Final = 253

_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?://(?P<authority>[^/?#\\]*))?"
    r"(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?P<fragment>#.*)?",
    re.DOTALL,
)
_AUTHORITY = re.compile(r"(?P<host>\[[^\[\]]*\]|[^:\[\]]*)(?::(?P<port>[0-9]{1,5}))?")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")
_QUAD = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_PATH = re.compile(r"(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*)*")
_DOTS = re.compile(r"/(?:\.|%2e){1,2}(?=/|\Z)", re.IGNORECASE)


class UrlRefused(ValueError):
    """A URL can't be a backend's; the text says what to change."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a backend is; ``host`` is a name, or an address without brackets.

    ``path`` is put before every request's own and does not end in a slash.
    """

    scheme: str
    host: str
    port: int
    path: str

    @property
    def address(self) -> Address | None:
        """The address, where the URL holds one instead of a name."""
        if ":" in self.host:
            return IPv6Address(self.host)
        return IPv4Address(self.host) if _QUAD.fullmatch(self.host) else None

    @property
    def authority(self) -> str:
        """The value of the ``Host`` header (RFC 9110, section 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port, the port always written out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


@lru_cache(maxsize=1024)
def parse_url(text: str) -> Destination:
    """Read a base URL such as ``https://api.example.com/v3``.

    Raises UrlRefused if it is not one, in every part.
    """
    parts = _URL.fullmatch(text)
    if parts is None or parts["authority"] is None:
        raise UrlRefused("Write a whole URL, such as https://api.example.com/v3.")
    scheme = parts["scheme"].lower()
    if scheme not in PORTS:
        raise UrlRefused(f"A backend is reached by https or http, not by {scheme}.")
    host, port = _authority(parts["authority"], PORTS[scheme])
    if parts["query"] or parts["fragment"]:
        raise UrlRefused("Leave out ? and #: what is asked belongs into the routes.")
    return Destination(scheme, host, port, _path(parts["path"]))


def _authority(text: str, default_port: int) -> tuple[str, int]:
    if "@" in text:
        raise UrlRefused("Leave out user and password: a credential lane holds them.")
    parts = _AUTHORITY.fullmatch(text)
    if parts is None:
        raise UrlRefused("After the host may come one port, as in :8443.")
    port = int(parts["port"]) if parts["port"] else default_port
    if not 1 <= port <= MAX_PORT:
        raise UrlRefused(f"A port is a number from 1 to {MAX_PORT}.")
    # Before lower(): a Kelvin sign would become the letter k.
    if not parts["host"].isascii():
        raise UrlRefused(f"Write the host in ASCII{_suggestion(parts['host'])}.")
    return _host(parts["host"].lower()), port


def _host(host: str) -> str:
    if host.startswith("["):
        return _ipv6(host[1:-1])
    if _QUAD.fullmatch(host):
        return _ipv4(host)
    if host in METADATA_NAMES:
        raise UrlRefused(f"{host} is a metadata service, which is never reached.")
    return _name(host)


def _ipv6(text: str) -> str:
    if "%" in text:
        raise UrlRefused("An address with a zone (%) is of this machine only.")
    try:
        return str(IPv6Address(text))
    except AddressValueError as error:
        raise UrlRefused("Between the brackets belongs an IPv6 address.") from error


def _ipv4(text: str) -> str:
    try:
        return str(IPv4Address(text))
    except AddressValueError as error:
        raise UrlRefused(
            "An IPv4 address is four numbers from 0 to 255, without leading zeros."
        ) from error


def _name(host: str) -> str:
    labels = host.split(".")
    # The resolver reads 2130706433, 0x7f000001, 0177.0.0.1 and 127.1 as addresses.
    if _NUMERIC.fullmatch(labels[-1]):
        raise UrlRefused("Write an IPv4 address as four plain decimal numbers.")
    if len(host) > MAX_HOST or not all(map(_LABEL.fullmatch, labels)):
        raise UrlRefused(
            "A host name is made of letters, digits and hyphens, with single dots."
        )
    return host


def _suggestion(host: str) -> str:
    try:
        return f": {host.encode('idna').decode('ascii')}"
    except UnicodeError:
        return ""


def _path(path: str) -> str:
    if not _PATH.fullmatch(path) or _DOTS.search(path):
        raise UrlRefused(
            "The path holds plain, percent-encoded segments, and none is . or .. ."
        )
    return path.rstrip("/")
