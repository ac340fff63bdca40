"""No template of people's pages has a word that can't be translated."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from django.conf import settings

TEMPLATES: Final = Path(settings.BASE_DIR) / "templates"
# Mail is written in the reader's language by code.
ELSEWHERE: Final = {"mail"}
TOKEN: Final = re.compile(
    r"({%.*?%}|{{.*?}}|{#.*?#}|<!--.*?-->|<(?:[^>{]|{[%{].*?[%}]})*>)", re.DOTALL
)
ATTRIBUTE: Final = re.compile(r'\b(?:aria-label|title|placeholder|alt)="([^"{]*)"')
WORD: Final = re.compile(r"[A-Za-z]{2,}")
# What means the same everywhere.
NAMES: Final = re.compile(
    r"&\w+;|Sealwright|SHA-256|CSV|JSONL|HTTP|\bid\b|swk_|[a-z0-9]+[_:-]…|K7Q-4M2"
)
SILENT: Final = {"script", "style", "code", "kbd"}


def pages() -> list[Path]:
    found = sorted(TEMPLATES.rglob("*.html"))
    return [p for p in found if p.relative_to(TEMPLATES).parts[0] not in ELSEWHERE]


def bare(text: str) -> Iterator[str]:
    """Yield the words that stand outside of every tag that translates."""
    is_marked, silent, in_class = False, 0, False
    for token in TOKEN.split(text):
        if token.startswith("{%"):
            is_marked = ("blocktranslate" in token and "endblock" not in token) or (
                is_marked and "endblocktranslate" not in token
            )
            in_class = "main_class" in token or "body_class" in token
        elif token.startswith("<"):
            tag = re.match(r"</?(\w+)", token)
            if tag and tag[1] in SILENT:
                silent += -1 if token.startswith("</") else 1
            yield from filter(has_words, ATTRIBUTE.findall(token))
        elif not (token.startswith("{") or is_marked or silent or in_class):
            yield from filter(has_words, [token.strip()])


def has_words(text: str) -> bool:
    return bool(WORD.search(NAMES.sub("", text)))


@pytest.mark.parametrize("page", pages(), ids=lambda p: str(p.relative_to(TEMPLATES)))
def test_every_word_of_a_page_can_be_translated(page: Path) -> None:
    assert list(bare(page.read_text())) == []


@pytest.mark.parametrize(
    "text",
    ["<p>Hello</p>", '<a title="Go on">x</a>', "{% if a %}yes, it is{% endif %}"],
)
def test_bare_words_are_found(text: str) -> None:
    assert list(bare(text)) != []


@pytest.mark.parametrize(
    "text",
    [
        '<p class="muted">{% translate "Hello" %}</p>',
        "{% blocktranslate %}Hello {{ name }}{% endblocktranslate %}",
        "<code>GET /v1</code> {{ name }} &nbsp;",
    ],
)
def test_marked_words_are_not(text: str) -> None:
    assert list(bare(text)) == []
