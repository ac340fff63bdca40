"""Where a backend may be."""

from audit.connections import give_connection_back
from governance.egress import (
    CidrRefused,
    UrlRefused,
    check_url,
    parse_cidrs,
    tls_context,
)
from governance.models import Backend
from governance.refusals.refused import Problems


def backend_problems(backend: Backend) -> Problems:
    """Say what is wrong with a backend, by field; the name is looked up in DNS."""
    return {
        "kind": _kind_problems(backend),
        "allowed_cidrs": (cidrs := cidr_problems(backend.allowed_cidrs)),
        "base_url": [] if cidrs else _url_problems(backend),
        "ca_pem": _ca_problems(backend.ca_pem),
    }


def _kind_problems(backend: Backend) -> list[str]:
    others = Backend.objects.filter(pk=backend.pk).exclude(kind=backend.kind)
    if backend.pk and others.exists():
        return ["A backend keeps its kind: its routes were written for it."]
    return []


def cidr_problems(cidrs: object) -> list[str]:
    """Say what is wrong with a list of private addresses."""
    if not isinstance(cidrs, list) or not all(isinstance(each, str) for each in cidrs):
        return ["Write networks such as 10.1.2.0/24, one a line."]
    try:
        parse_cidrs(cidrs)
    except CidrRefused as error:
        return [str(error)]
    return []


def _url_problems(backend: Backend) -> list[str]:
    give_connection_back()
    try:
        check_url(backend.base_url, cidrs=backend.allowed_cidrs)
    except UrlRefused as error:
        return [str(error)]
    return []


def _ca_problems(pem: str) -> list[str]:
    try:
        tls_context(pem)
    except UrlRefused as error:
        return [str(error)]
    return []
