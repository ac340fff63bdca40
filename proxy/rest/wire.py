"""The bytes of /v1: strict JSON in, compact JSON out, nothing else negotiated."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import IO, Any, Final

from rest_framework.exceptions import NotAcceptable, UnsupportedMediaType
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from governance.arguments import MAX_BYTES, InvalidJson, parse_json
from governance.decision import Reason
from governance.errors import Problem

_JSON: Final = re.compile(r'application/json(\s*;\s*charset="?utf-8"?)?', re.IGNORECASE)
_ACCEPTED: Final = ("application/json", "application/*", "*/*")
_UNWANTED: Final = re.compile(r";\s*q\s*=\s*0(\.0*)?\s*(;|$)")


class StrictJSONParser(BaseParser):
    """One JSON object through the strict door."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Read at most the bound and one byte more, with or without a length.

        Raises Problem ``unsupported_media_type``, ``body_too_large``, ``invalid_json``.
        """
        request = (parser_context or {})["request"]
        if not is_json(request.META):
            raise UnsupportedMediaType("")
        raw = stream.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise Problem(Reason.BODY_TOO_LARGE)
        try:
            return dict(parse_json(raw))
        except InvalidJson as error:
            raise Problem(Reason.INVALID_JSON, error.message) from error


def is_json(meta: Mapping[str, Any]) -> bool:
    """Tell whether a request's body is JSON in UTF-8, and in no content coding."""
    coded = meta.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity"
    return not coded and _JSON.fullmatch(meta.get("CONTENT_TYPE", "")) is not None


def accepts_json(meta: Mapping[str, Any]) -> bool:
    """Tell whether the caller takes JSON; one that says nothing takes all."""
    ranges = (meta.get("HTTP_ACCEPT") or "*/*").lower().split(",")
    for kind in _ACCEPTED:
        weighed = [each for each in ranges if each.split(";")[0].strip() == kind]
        if weighed:  # the most specific range decides (RFC 9110, section 12.5.1)
            return not all(map(_UNWANTED.search, weighed))
    return False


class JSONRenderer(BaseRenderer):
    """Compact UTF-8 JSON."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the bytes of an answer; none for an empty one."""
        if data is None:
            return b""
        return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


class OnlyJSON(BaseContentNegotiation):
    """One parser, one renderer; a caller that takes no JSON is told so."""

    def select_parser(
        self, request: Request, parsers: Iterable[BaseParser]
    ) -> BaseParser:
        """Return the strict parser; it refuses other media types itself."""
        return next(iter(parsers))

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        """Return the JSON renderer.  Raises NotAcceptable."""
        if not accepts_json(request.META):
            raise NotAcceptable
        renderer = next(iter(renderers))
        return renderer, str(renderer.media_type)
