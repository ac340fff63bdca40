"""People's browsers, as attackers meet them: with real sessions and CSRF checks."""

import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Any

from django.test import Client

from approvals.models import Approval
from governance.arguments import digest_text
from tests.factories import PASSWORD

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def signed_in(name: str, *, enforces_csrf: bool = False) -> Client:
    """Return a browser in which this person has just typed her password."""
    browser = Client(enforce_csrf_checks=enforces_csrf)
    login = "/account/login/"
    form = {"login": name, "password": PASSWORD, **csrf(browser.get(login).text)}
    assert browser.post(login, form).status_code == 302
    return browser


def csrf(page: str) -> dict[str, str]:
    """Return the token that a page's forms send back."""
    found = _TOKEN.search(page)
    return {"csrfmiddlewaretoken": found[1]} if found else {}


def ballot(approval: Approval, verdict: str = "approve", **more: str) -> dict[str, str]:
    """Return the fields of the decision form."""
    fingerprint = digest_text(bytes(approval.fingerprint))
    return {"verdict": verdict, "fingerprint": fingerprint, "reason": "", **more}


def page_of(approval: Approval, action: str = "") -> str:
    """Return the address of a request's page, or of something to do there."""
    return f"/approvals/{approval.pk}/{action}"


class Page(HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, Mapping[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Any]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def links(self) -> Iterator[str]:
        """Yield every address that the page names."""
        for _tag, attributes in self.tags:
            for name in ("href", "src", "action", "srcset", "poster", "background"):
                if attributes.get(name):
                    yield str(attributes[name])

    def forms(self) -> Iterator[tuple[str, str, dict[str, str]]]:
        """Yield method, action and fields of each form."""
        action, method, fields = "", "", dict[str, str]()
        for tag, attributes in [*self.tags, ("form", {})]:
            if tag == "form":
                if method:
                    yield method, action, fields
                action = attributes.get("action") or ""
                method, fields = attributes.get("method") or "get", {}
            elif tag in ("input", "button", "textarea") and attributes.get("name"):
                fields[str(attributes["name"])] = attributes.get("value") or ""
