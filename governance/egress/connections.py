"""Connections to vetted addresses only: resolve once, judge every answer, connect.

Two classes of ``urllib3`` differ from its own in one step, how a socket is made.  The
name stays what ``Host``, SNI and the certificate are about; the address is the one
that was judged, so a second, different answer of the resolver can't matter.
"""

import contextlib
import functools
import socket
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Final

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from governance.egress.addresses import (
    Address,
    Network,
    parse_address,
    parse_cidrs,
    refusal,
)
from governance.egress.deadlines import Deadline
from governance.egress.failures import ConnectFailed, EgressRefused
from governance.egress.urls import Destination, UrlRefused, parse_url

Resolve = Callable[[str, int], list[str]]
Connection = HTTPConnection | HTTPSConnection

CONNECT_SECONDS: Final = 3.0
MAX_ADDRESSES: Final = 4


def system_resolver(host: str, port: int) -> list[str]:
    """Ask the system for the addresses of ``host``.

    Raises OSError if it knows none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for *_, sockaddr in found]


@dataclass(frozen=True, slots=True)
class Gate:
    """The way to one destination: what is opened for it, and whom TLS trusts."""

    destination: Destination
    opened: tuple[Network, ...]
    resolve: Resolve
    tls: ssl.SSLContext | None

    def addresses(self) -> list[Address]:
        """Resolve once, and judge every answer: one bad one refuses all.

        Raises EgressRefused, or OSError if the name can't be resolved.
        """
        found = _resolved(self.destination, self.resolve)
        plain = self.destination.scheme == "http"
        for address in found:
            why = refusal(address, opened=self.opened, plain=plain)
            if why:
                raise EgressRefused(_sentence(self.destination, address, why))
        return found

    def dial(self, deadline: Deadline) -> socket.socket:
        """Connect to the first vetted address that answers.

        Raises EgressRefused or ConnectFailed.
        """
        try:
            candidates = self.addresses()[:MAX_ADDRESSES]
        except OSError as error:
            raise ConnectFailed("The host's name can't be resolved.") from error
        shared = deadline.at_most(CONNECT_SECONDS)
        for index, address in enumerate(candidates):
            try:
                # A silent address may use its share of the time, not that of others.
                share = shared.left() / (len(candidates) - index)
                return _connected(address, self.destination.port, share)
            except OSError:
                continue
        raise ConnectFailed("No address of the host took the connection.")


class _Vetted:
    """What both classes share; ``gate`` and ``deadline`` are set before connecting."""

    gate: Gate
    deadline: Deadline

    def _new_conn(self) -> socket.socket:
        made = self.gate.dial(self.deadline)
        # For the whole TLS handshake; 0 would mean "don't block".
        made.settimeout(max(self.deadline.seconds(), 0.001))
        return made


class VettedHTTPConnection(_Vetted, HTTPConnection):
    """A plain connection; the address tables decide where it may go."""


class VettedHTTPSConnection(_Vetted, HTTPSConnection):
    """A TLS connection: 1.2 or newer, certificate and name always checked."""


def connect(gate: Gate, *, deadline: Deadline) -> Connection:
    """Return a new connection that is ready for a request.

    Raises EgressRefused or ConnectFailed; no byte of a request was sent then.
    """
    connection = _unconnected(gate)
    connection.gate, connection.deadline = gate, deadline
    try:
        connection.connect()
    except (OSError, HTTPError) as error:  # ssl.SSLError is an OSError
        connection.close()
        raise ConnectFailed("The host's TLS can't be trusted or failed.") from error
    return connection


def check_url(
    url: str, *, cidrs: Iterable[str], resolve: Resolve = system_resolver
) -> Destination:
    """Check a URL when it is saved, with its list of opened addresses.

    Raises UrlRefused or CidrRefused, both ValueErrors with a sentence for the admin.
    A name that can't be resolved here and now passes: each connection judges again.
    """
    gate = Gate(parse_url(url), parse_cidrs(cidrs), resolve, tls=None)
    try:
        gate.addresses()
    except EgressRefused as error:
        raise UrlRefused(str(error)) from error
    except OSError:
        return gate.destination
    return gate.destination


@functools.lru_cache(maxsize=64)  # reading the system's store takes 20 ms
def tls_context(ca_pem: str) -> ssl.SSLContext:
    """Trust ``ca_pem`` alone, or the system's store if it is empty.

    Raises UrlRefused if it is not a certificate in PEM.
    """
    try:
        context = ssl.create_default_context(cadata=ca_pem or None)
    except (ssl.SSLError, ValueError) as error:
        raise UrlRefused("The TLS authority is not a certificate in PEM.") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.hostname_checks_common_name = False
    return context


def _resolved(destination: Destination, resolve: Resolve) -> list[Address]:
    if destination.address is not None:
        return [parse_address(str(destination.address))]
    texts = dict.fromkeys(resolve(destination.host, destination.port))
    if not texts:
        raise OSError("no address")
    return [parse_address(text) for text in texts]


def _sentence(destination: Destination, address: Address, why: str) -> str:
    if destination.address is not None:
        return f"{address} {why}."
    return f"{destination.host} resolves to {address}, which {why}."


def _connected(address: Address, port: int, seconds: float) -> socket.socket:
    family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
    with contextlib.ExitStack() as unwinding:
        made = unwinding.enter_context(socket.socket(family, socket.SOCK_STREAM))
        made.settimeout(seconds)
        made.connect((str(address), port))
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if parse_address(made.getpeername()[0]) != address:
            raise ConnectionError("Somebody else took the connection.")
        unwinding.pop_all()  # it went well: the socket stays open
    return made


def _unconnected(gate: Gate) -> VettedHTTPConnection | VettedHTTPSConnection:
    host, port = gate.destination.host, gate.destination.port
    if gate.destination.scheme == "http":
        return VettedHTTPConnection(host, port)
    return VettedHTTPSConnection(host, port, ssl_context=gate.tls)
