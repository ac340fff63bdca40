"""The remote systems: pull requests, services, tickets and jobs, all in memory."""

import itertools
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from governance.demo.remote.messages import Answer, Request

REPOSITORIES = ("payments-api", "web-shop")
SERVICES = {"shop": ("api", "worker")}
QUEUES = ("ops", "billing")
JOBS = ("reindex", "backup")
NOT_FOUND = Answer(404, {"message": "Not Found"})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One thing that can be done, and the lane whose credential may do it."""

    method: str
    shape: tuple[str, ...]
    lane: str
    act: Callable[["World", Request, list[str]], Answer]
    # Of GitHub: the permission, and its level, that an app's token has to have.
    need: tuple[str, str] | None = None

    def matches(self, segments: list[str]) -> bool:
        """Compare a path with the shape; ``*`` stands for any one segment."""
        return len(segments) == len(self.shape) and all(
            wanted in ("*", segment)
            for wanted, segment in zip(self.shape, segments, strict=True)
        )


class World:
    """What exists at the remote; each change is made under one lock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._comments: defaultdict[tuple[str, int], list[object]] = defaultdict(list)
        self._merged: set[tuple[str, int]] = set()
        self._tickets: list[dict[str, object]] = []
        self._runs: list[object] = []
        self._restarts: list[object] = []

    def read_pull(self, request: Request, segments: list[str]) -> Answer:
        """``GET /repos/acme/{repo}/pulls/{pull}``."""
        key = _pull(segments[2], segments[4])
        if key is None:
            return NOT_FOUND
        repository, number = key
        merged = key in self._merged
        pull = {
            "number": number,
            "repository": f"acme/{repository}",
            "title": f"Change number {number} of {repository}",
            "state": "closed" if merged else "open",
            "merged": merged,
            "comments": list(self._comments.get(key, ())),
        }
        return Answer(200, pull)

    def comment(self, request: Request, segments: list[str]) -> Answer:
        """``POST /repos/acme/{repo}/issues/{pull}/comments`` with ``{"body"}``."""
        key = _pull(segments[2], segments[4])
        if key is None:
            return NOT_FOUND
        made = {"id": next(self._ids), "at": request.at, **_members(request, "body")}
        with self._lock:
            self._comments[key].append(made)
        return Answer(201, made)

    def merge(self, request: Request, segments: list[str]) -> Answer:
        """``PUT /repos/acme/{repo}/pulls/{pull}/merge``; a pull merges once."""
        key = _pull(segments[2], segments[4])
        if key is None:
            return NOT_FOUND
        with self._lock:
            if key in self._merged:
                return Answer(405, {"message": "Pull Request is not mergeable"})
            self._merged.add(key)
        return Answer(200, {"merged": True, "message": "Pull Request merged"})

    def read_logs(self, request: Request, segments: list[str]) -> Answer:
        """``GET /projects/{project}/services/{service}/logs?minutes=``."""
        if not _service(segments):
            return NOT_FOUND
        service = segments[3]
        lines = [f"{request.at} {service} healthy", f"{request.at} {service} 0 errors"]
        minutes = request.query.get("minutes")
        return Answer(200, {"service": service, "minutes": minutes, "lines": lines})

    def restart(self, request: Request, segments: list[str]) -> Answer:
        """``POST /projects/{project}/services/{service}/restart``."""
        if not _service(segments):
            return NOT_FOUND
        made = {"id": next(self._ids), "at": request.at, "service": segments[3]}
        self._restarts.append(made)
        return Answer(200, {**made, "restarted": True})

    def create_ticket(self, request: Request, segments: list[str]) -> Answer:
        """``POST /queues/{queue}/tickets`` with ``{"title","text"}``."""
        queue = segments[1]
        if queue not in QUEUES:
            return NOT_FOUND
        number = f"{queue.upper()}-{next(self._ids)}"
        made = {"id": number, "at": request.at, **_members(request, "title", "text")}
        self._tickets.append(made)
        return Answer(201, made)

    def tickets(self, queue: str, text: str) -> list[dict[str, object]]:
        """Return the tickets of a queue that hold a text."""
        return [
            ticket
            for ticket in list(self._tickets)
            if str(ticket["id"]).startswith(f"{queue.upper()}-")
            and text in f"{ticket['title']} {ticket['text']}"
        ]

    def run_job(self, request: Request, segments: list[str]) -> Answer:
        """``POST /jobs/{job}/runs`` with ``{"arguments"}``: named jobs only."""
        job = segments[1]
        if job not in JOBS:
            return NOT_FOUND
        made = {"id": next(self._ids), "job": job, **_members(request, "arguments")}
        self._runs.append(made)
        return Answer(201, {**made, "state": "finished"})


ENDPOINTS = (
    Endpoint(
        "GET",
        ("repos", "acme", "*", "pulls", "*"),
        "github-read",
        World.read_pull,
        need=("pull_requests", "read"),
    ),
    Endpoint(
        "POST",
        ("repos", "acme", "*", "issues", "*", "comments"),
        "github-comment",
        World.comment,
        need=("issues", "write"),
    ),
    Endpoint(
        "PUT",
        ("repos", "acme", "*", "pulls", "*", "merge"),
        "github-merge",
        World.merge,
        need=("contents", "write"),
    ),
    Endpoint(
        "GET", ("projects", "*", "services", "*", "logs"), "logs-read", World.read_logs
    ),
    Endpoint(
        "POST",
        ("projects", "*", "services", "*", "restart"),
        "cloud-operate",
        World.restart,
    ),
    Endpoint("POST", ("queues", "*", "tickets"), "tickets-write", World.create_ticket),
    Endpoint("POST", ("jobs", "*", "runs"), "shell-jobs", World.run_job),
)


def _pull(repository: str, number: str) -> tuple[str, int] | None:
    if repository not in REPOSITORIES or not number.isascii() or not number.isdigit():
        return None
    return (repository, int(number)) if int(number) else None


def _service(segments: list[str]) -> bool:
    return segments[3] in SERVICES.get(segments[1], ())


def _members(request: Request, *names: str) -> dict[str, object]:
    content = request.content()
    given = content if isinstance(content, dict) else {}
    return {name: given.get(name) for name in names}
