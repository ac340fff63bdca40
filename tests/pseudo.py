"""A language that is none: it marks each sentence that a catalogue could hold.

What ``makemessages`` would collect is collected here from templates and source.  A
sentence that is not among it stays as it is, whatever asks for its translation; so on a
page, what stands outside of the marks can't be translated by anybody.
"""

import ast
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.test import Client
from django.utils import translation
from django.utils.translation import trans_real
from django.utils.translation.template import templatize

LANGUAGE: Final = "eo"
OPEN, CLOSE = "⟪", "⟫"
APPS: Final = ("approvals", "audit", "governance", "proxy")

_CALLS: Final = frozenset(
    {
        *("_", "gettext", "gettext_lazy", "gettext_noop", "pgettext"),
        *("ngettext", "ngettext_lazy", "pgettext_lazy", "N_"),
    }
)
_TEXT: Final = r"""u?((?:"(?:\\.|[^"\\])*")|(?:'(?:\\.|[^'\\])*'))"""
_IN_TEMPLATES: Final = re.compile(
    rf"(?:\b_|gettext)\(\s*{_TEXT}(?:\s*,\s*{_TEXT})?", re.DOTALL
)
_SILENT: Final = frozenset(
    {"script", "style", "code", "kbd", "pre", "bdi", "q", "time"}
)
# Names, codes and values of the little world; they are nobody's sentences.
DATA: Final = re.compile(
    r"\b(?:\w+@example\.com|Sealwright|kim|sam|ana|ben|olu|ci-agent|reviewers|English|marked"
    r"|Team Acme|payments-api|LGTM|UTC|[A-Z0-9]{3}-[A-Z0-9]{3}|github[^\s⟪⟫]*"
    r"|sha256[^\s⟪⟫]*|SHA-256|CSV|JSONL|HTTP"
    # What allauth says is in allauth's own catalogues.
    r"|This functionality requires JavaScript\."
    r"|(?:apr|ses|cal|swk)_[\w…]+|repo:[^\s⟪⟫]+)|\([a-z]+(?:_[a-z]+)+\)"
)
HEADERS: Final = {"Accept-Language": LANGUAGE}
_SPOKEN: Final = ("aria-label", "title", "placeholder", "alt", "data-label")
_VOID: Final = frozenset({"input", "meta", "link", "br", "hr", "img", "rect", "wbr"})


@cache
def collected() -> frozenset[str]:
    """Return every text that the source marks for translation."""
    base = Path(settings.BASE_DIR)
    source = [path for app in APPS for path in (base / app).rglob("*.py")]
    return frozenset(
        {
            *(text for path in source for text in _in_source(path.read_text())),
            *(
                text
                for path in (base / "templates").rglob("*.*")
                for text in _in_template(path.read_text())
            ),
        }
    )


def _in_source(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and _name(node.func) in _CALLS:
            for argument in node.args:
                if isinstance(argument, ast.Constant) and type(argument.value) is str:
                    yield argument.value


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _in_template(text: str) -> Iterator[str]:
    for found in _IN_TEMPLATES.finditer(templatize(text)):
        yield from (ast.literal_eval(each) for each in found.groups() if each)


class Marked(trans_real.DjangoTranslation):
    """A catalogue that holds what was collected, and whatever Django itself says."""

    def gettext(self, message: str) -> str:
        """Mark what somebody could translate."""
        return self._marked(message, super().gettext(message))

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Mark one of the two, if both could be translated."""
        chosen = msgid1 if n == 1 else msgid2
        return self._marked(chosen, super().ngettext(msgid1, msgid2, n))

    def _marked(self, message: str, theirs: str) -> str:
        plain = message.rpartition("\x04")[2]
        if plain in collected():
            return f"{OPEN}{plain}{CLOSE}"
        is_djangos = theirs != message
        return f"{OPEN}{theirs}{CLOSE}" if is_djangos else message


@contextmanager
def pseudo_language() -> Iterator[None]:
    """Put the language in the place of one that Django knows."""
    catalogues: dict[str, object] = vars(trans_real)["_translations"]  # no public way
    kept = catalogues.get(LANGUAGE)
    catalogues[LANGUAGE] = Marked(LANGUAGE)
    try:
        # A page leaves its language behind, in this very thread.
        with translation.override(translation.get_language()):
            yield
    finally:
        del catalogues[LANGUAGE]
        if kept is not None:
            catalogues[LANGUAGE] = kept


class _Reader(HTMLParser):
    """Collect what a page says in words."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._silent: list[str] = []
        self._value = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Enter an element; its spoken attributes are said, too."""
        self._value = dict(attrs).get("value") or "" if tag == "option" else ""
        is_silent = tag in _SILENT or ("translate", "no") in attrs
        if tag not in _VOID and (is_silent or self._silent):
            self._silent.append(tag)
        if not self._silent:
            self.said += [value for name, value in attrs if value and name in _SPOKEN]

    def handle_endtag(self, tag: str) -> None:
        """Leave it."""
        if self._silent and self._silent[-1] == tag:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        """Take its text; a choice that is its own value is no sentence."""
        if not self._silent and data.strip() != self._value:
            self.said.append(data)


def left(answer: Any) -> list[str]:
    """Return what a page says that nobody could translate."""
    assert OPEN in answer.text
    return unmarked(answer.text, data=DATA)


def look(browser: Client, *addresses: str) -> dict[str, list[str]]:
    """Return the pages that leave something out, with what they leave."""
    found = {each: left(browser.get(each, headers=HEADERS)) for each in addresses}
    return {address: said for address, said in found.items() if said}


def unmarked(page: str, *, data: re.Pattern[str]) -> list[str]:
    """Return what a page says outside of the marks; ``data`` is nobody's sentence."""
    reader = _Reader()
    reader.feed(page)
    text = data.sub(" ", " | ".join(reader.said))
    inner = re.compile(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")
    while inner.search(text):
        text = inner.sub(" ", text)
    parts = [" ".join(part.split()) for part in text.split("|")]
    return sorted({part for part in parts if re.search("[A-Za-z]{2,}", part)})
