"""Agents, people and the remote of the demo, over HTTP."""

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import requests

from governance.demo.handout import Handout
from governance.demo.tour.forms import Forms

SECONDS: Final = 60
PATIENCE_SECONDS: Final = 180
_SIGN_IN: Final = "/account/login/"

_Found = TypeVar("_Found")


class Surprise(Exception):
    """The demo did something else than the story says; the text says what."""


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no proxy: everything is on this machine
    return session


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent with its key, in a session of its own: no earlier one is in its way."""

    base_url: str
    key: str = field(repr=False)
    session: str = field(default_factory=lambda: f"tour-{secrets.token_hex(4)}")
    http: requests.Session = field(default_factory=_session)

    def call(self, tool: str, args: dict[str, Any], **members: Any) -> "Told":
        """Ask for an action."""
        return self.send("/v1/calls", {"tool": tool, "args": args, **members})

    def send(self, path: str, body: object) -> "Told":
        """Send a body to the agents' door."""
        return self._told("POST", path, json=body)

    def get(self, path: str) -> "Told":
        """Ask the agents' door."""
        return self._told("GET", path)

    def _told(self, method: str, path: str, **how: Any) -> "Told":
        headers = {
            "Authorization": f"Bearer {self.key}",
            "Sealwright-Session": self.session,
        }
        answer = self.http.request(
            method, self.base_url + path, headers=headers, timeout=SECONDS, **how
        )
        return Told(answer.status_code, answer.json())


@dataclass(frozen=True, slots=True)
class Told:
    """An answer of the agents' door."""

    status: int
    body: dict[str, Any]

    @property
    def code(self) -> str:
        """The reason code of a refusal, else what the call's status is."""
        return str(self.body.get("code") or self.body.get("status"))

    def expect(self, status: int, code: str) -> "Told":
        """Return this answer if it is the one that the story needs.

        Raises Surprise.
        """
        if (self.status, self.code) != (status, code):
            raise Surprise(f"{status} {code} was expected, and {self} came.")
        return self

    def __str__(self) -> str:
        return f"{self.status} {self.code}"


class Person:
    """Somebody at the pages, signed in by the form."""

    def __init__(self, base_url: str, name: str, password: str) -> None:
        self._base_url = base_url
        self._http = _session()
        form = Forms(self.open(_SIGN_IN)).found[_SIGN_IN]
        self._send(_SIGN_IN, {**form, "login": name, "password": password})

    def open(self, path: str) -> str:
        """Return a page that is there."""
        answer = self._http.get(self._base_url + path, timeout=SECONDS)
        answer.raise_for_status()
        return answer.text

    def decide(self, approval_id: str, verdict: str = "approve") -> None:
        """Read a request, every character of it, and say yes or no."""
        review = f"/approvals/{approval_id}/"
        vote = f"{review}vote"
        form = Forms(self.open(f"{review}?view=full")).found[vote]
        self._send(vote, {**form, "verdict": verdict})

    def record_of(self, name: str, event: str) -> dict[str, Any]:
        """Return the leaf of the newest such record of an id, once it is sealed."""

        def look() -> dict[str, Any] | None:
            path = f"/audit/export.jsonl?q={name}&event={event}"
            lines = self.open(path).splitlines()
            leaf: dict[str, Any] = json.loads(lines[-1])["leaf"] if lines else {}
            return leaf or None

        return until(look, what=f"{event} of {name}")

    def _send(self, path: str, typed: dict[str, str]) -> None:
        url = self._base_url + path
        headers = {"Origin": self._base_url, "Referer": url}
        answer = self._http.post(url, data=typed, headers=headers, timeout=SECONDS)
        answer.raise_for_status()


@dataclass(frozen=True, slots=True)
class Remote:
    """The demo remote, which tells what reached it."""

    url: str
    http: requests.Session = field(default_factory=_session)

    def count(self, path: str) -> int:
        """Return how many requests came for a path."""
        answer = self.http.get(f"{self.url}/_received", timeout=SECONDS)
        return sum(each["path"] == path for each in answer.json()["received"])

    def behave(self, **how: Any) -> None:
        """Let it misbehave, for the next request."""
        answer = self.http.post(f"{self.url}/_behave", json=how, timeout=SECONDS)
        answer.raise_for_status()


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody in the story."""

    ci_agent: Agent
    ana_agent: Agent
    ana: Person
    olu: Person
    remote: Remote


def cast(handout: Handout) -> Cast:
    """Return everybody, signed in."""

    def person(name: str) -> Person:
        return Person(handout.base_url, name, handout.passwords[name])

    def agent(name: str) -> Agent:
        return Agent(handout.base_url, handout.keys[name])

    return Cast(
        ci_agent=agent("ci-agent"),
        ana_agent=agent("ana-agent"),
        ana=person("ana"),
        olu=person("olu"),
        remote=Remote(handout.remote_url),
    )


def until(
    look: Callable[[], _Found | None], *, what: str, seconds: float = PATIENCE_SECONDS
) -> _Found:
    """Return what is found in time.

    Raises Surprise.
    """
    ends = time.monotonic() + seconds
    while (found := look()) is None:
        if time.monotonic() > ends:
            raise Surprise(f"There was no {what} after {seconds:.0f} s.")
        time.sleep(0.2)
    return found
