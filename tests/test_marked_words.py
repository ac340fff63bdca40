"""No form, model or page of the admin has a word that can't be translated."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from django.conf import settings

from governance.lanekinds import KINDS
from tests.pseudo import APPS, collected

BASE: Final = Path(settings.BASE_DIR)
# Where a page's words stand, by the names of the arguments and members that hold them.
_HOLDERS: Final = frozenset(
    {
        *("label", "help_text", "verbose_name", "verbose_name_plural", "question"),
        *("search_help_text", "description", "title", "empty_label", "index_title"),
    }
)
_TABLES: Final = frozenset({"help_texts", "labels"})
_SAYING: Final = frozenset({"ValidationError"})
# What means the same everywhere, and JSON that is an example.
_NAME: Final = re.compile(r"(?:HTTP|Slack|OpenAPI|MCP server)\Z|\{\"")


def sources() -> list[Path]:
    """Return the files whose words stand on pages."""
    found = {path for app in APPS for path in (BASE / app).rglob("*.py")}
    on_pages = re.compile(r"/(?:forms|admin|models|apps)(?:/\w+)?\.py$|governance/urls")
    return sorted(path for path in found if on_pages.search(path.as_posix()))


def bare(source: str) -> Iterator[str]:
    """Yield the words that no catalogue could hold."""
    for node in ast.walk(ast.parse(source)):
        for held in _held(node):
            yield from _words(held)


def _held(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.keyword(arg=name, value=value) if name in _HOLDERS:
            yield value
        case ast.Assign(targets=[target], value=value) if _called(target) in _HOLDERS:
            yield value
        case ast.AnnAssign(target=target, value=ast.Dict() as table):
            yield from table.values if _called(target) in _TABLES else ()
        case ast.Dict(keys=keys, values=values):
            yield from (v for k, v in zip(keys, values, strict=True) if _is_holder(k))
        case ast.Call(func=function, args=[first, *_]):
            name = _called(function)
            is_title = name.endswith("Field") and name != "ArrayField"
            yield from [first] if is_title or name in _SAYING else ()
        case ast.ClassDef(bases=[base], body=body) if _called(base) == "TextChoices":
            yield from (
                line.value.elts[1]
                for line in body
                if isinstance(line, ast.Assign) and isinstance(line.value, ast.Tuple)
            )
        case ast.Tuple(elts=[title, ast.Dict(keys=keys)]):
            yield from [title] if any(_is(key, "fields") for key in keys) else ()


def _called(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _is_holder(key: ast.expr | None) -> bool:
    return isinstance(key, ast.Constant) and key.value in _HOLDERS


def _is(key: ast.expr | None, name: str) -> bool:
    return isinstance(key, ast.Constant) and key.value == name


def _words(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str() as text):
            if re.search("[A-Za-z]{2}", text) and not _NAME.match(text):
                yield text
        case ast.JoinedStr():
            yield ast.unparse(node)
        case ast.IfExp(body=one, orelse=other):
            yield from (*_words(one), *_words(other))


@pytest.mark.parametrize(
    "path", sources(), ids=lambda p: p.relative_to(BASE).as_posix()
)
def test_every_word_of_a_form_can_be_translated(path: Path) -> None:
    assert list(bare(path.read_text())) == []


def test_the_forms_and_models_of_every_layer_are_read() -> None:
    read = {path.relative_to(BASE).as_posix() for path in sources()}

    assert read >= {
        "audit/forms.py",
        "audit/models/records.py",
        "governance/admin/routes.py",
        "governance/forms/lanes.py",
        "approvals/forms/preferences.py",
        "proxy/models.py",
    }


def test_what_a_lane_is_asked_for_can_be_translated() -> None:
    said = {
        text
        for kind in KINDS.values()
        for setting in kind.settings
        for text in (setting.label, setting.help, *dict(setting.choices).values())
    }

    assert (
        said | {kind.secret_label for kind in KINDS.values()}
    ) - collected() == set()


@pytest.mark.parametrize(
    "line",
    [
        'x = CharField(label="Agent")',
        'x = models.CharField("base URL")',
        'class A(TextChoices):\n    ONE = "one", "The first"',
        'x = [("Limits", {"fields": ()})]',
        'x = {"description": "What it is."}',
        'help_texts: ClassVar = {"name": "Its name."}',
        'raise ValidationError(f"There is no {name}.")',
        'verbose_name = "person"',
    ],
)
def test_bare_words_are_found(line: str) -> None:
    assert list(bare(line)) != []


@pytest.mark.parametrize(
    "line",
    [
        'x = CharField(label=_("Agent"))',
        'x = models.CharField(max_length=10, default="no words")',
        'class A(TextChoices):\n    ONE = "one", _("The first")\n    TWO = "two"',
        'x = forms.CharField(help_text=\'{"in": "header"}\')',
    ],
)
def test_marked_words_are_not(line: str) -> None:
    assert list(bare(line)) == []
