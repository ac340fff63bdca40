"""The mapping of one route, parsed, and the request that it makes.  Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.parse import urlencode

from governance.arguments import JSON
from governance.mapping.body import body_problems, parse_body, render_body
from governance.mapping.headers import Headers, header_problems, render_headers
from governance.mapping.path import path_problems, render_path
from governance.mapping.places import MappingInvalid, template_at, templates_at
from governance.mapping.query import Query, query_problems, render_query
from governance.schema.walk import Schema
from governance.template import Template

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_MEMBERS: Final = frozenset({"method", "path", "query", "headers", "body"})


@dataclass(frozen=True, slots=True)
class MappedRequest:
    """What goes to the backend, but for its address and the lane's credential."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    body: bytes | None

    @property
    def target(self) -> str:
        """Path and encoded query, to stand behind the backend's base URL."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path


@dataclass(frozen=True, slots=True)
class HttpMapping:
    """A parsed mapping; ``body`` is a JSON template, or None for no body."""

    method: str
    path: Template
    query: Query
    headers: Headers
    body: JSON

    @classmethod
    def parse(cls, settings: Any) -> Self:
        """Parse what a route version holds.  Raises MappingInvalid."""
        if not isinstance(settings, dict):
            raise MappingInvalid("A mapping has to be a JSON object.")
        unknown = sorted(set(settings) - _MEMBERS)
        if unknown:
            raise MappingInvalid(f"`{unknown[0]}` is not a member of a mapping.")
        if settings.get("method") not in METHODS:
            raise MappingInvalid(f"`method` has to be one of {', '.join(METHODS)}.")
        return cls(
            method=settings["method"],
            path=template_at("path", settings.get("path")),
            query=templates_at("query", settings),
            headers=templates_at("headers", settings),
            body=parse_body(settings.get("body")),
        )

    def problems(self, schema: Schema) -> list[str]:
        """Return what has to be changed before a route can be saved with this."""
        unsendable = self.method == "GET" and self.body is not None
        return [
            *path_problems(self.path, schema),
            *query_problems(self.query, schema),
            *header_problems(self.headers),
            *body_problems(self.body, schema),
            *(["A GET has no `body`: use `query`."] if unsendable else []),
        ]

    def render(self, args: Mapping[str, JSON], *, call_id: str) -> MappedRequest:
        """Fill the places with validated ``args``.  Raises PathInvalid."""
        headers = render_headers(
            self.headers, call_id=call_id, has_body=self.body is not None
        )
        return MappedRequest(
            method=self.method,
            path=render_path(self.path, args),
            query=tuple(render_query(self.query, args)),
            headers=tuple(headers),
            body=render_body(self.body, args),
        )
