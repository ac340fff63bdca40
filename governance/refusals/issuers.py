"""Where the issuer of a lane's credentials may be."""

from typing import Any

from audit.connections import give_connection_back
from governance.egress import CidrRefused, UrlRefused, check_url, tls_context
from governance.lanekinds import CIDRS, settings_problems, urls
from governance.refusals.backends import cidr_problems
from governance.refusals.refused import Problems


def issuer_problems(kind: str, settings: Any) -> Problems:
    """Say what is wrong with a lane's settings; its names are looked up in DNS."""
    found = settings_problems(kind, settings)
    if found or not settings:
        return found
    opened = settings.get(CIDRS, [])
    if wrong := cidr_problems(opened):
        return {CIDRS: wrong}
    return {
        name: sentences
        for name, url in urls(kind, settings)
        if (sentences := _unreachable(url, opened))
    } | _ca_problems(settings.get("ca_pem", ""))


def _unreachable(url: str, opened: list[str]) -> list[str]:
    give_connection_back()
    try:
        check_url(url, cidrs=opened)
    except (UrlRefused, CidrRefused) as error:
        return [str(error)]
    return []


def _ca_problems(pem: str) -> Problems:
    try:
        tls_context(pem)
    except UrlRefused as error:
        return {"ca_pem": [str(error)]}
    return {}
