"""The table of settings and the settings agree, both ways."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings

ROW = re.compile(r"\| `([A-Z_]+)` \| (\w+) \| (.+?) \| (.+) \|")
COMPUTED = "computed: "
EMPTY = "(empty)"


@dataclass(frozen=True)
class Setting:
    name: str
    kind: str
    default: str


def in_the_code() -> dict[str, Setting]:
    files = (settings.BASE_DIR / "governance" / "settings").glob("*.py")
    found = [
        _setting(call) for file in files for call in _reads(ast.parse(file.read_text()))
    ]
    return {setting.name: setting for setting in found}


def _reads(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "env"
        ):
            yield node


def _setting(call: ast.Call) -> Setting:
    assert isinstance(call.func, ast.Attribute)
    name = ast.literal_eval(call.args[0])
    (default,) = [word.value for word in call.keywords if word.arg == "default"]
    try:
        value = str(ast.literal_eval(default)) or EMPTY
    except ValueError:
        value = COMPUTED
    return Setting(name, call.func.attr, value)


def in_the_table() -> dict[str, Setting]:
    text = (settings.BASE_DIR / "docs" / "settings.md").read_text()
    found = [
        Setting(name, kind, _default(default))
        for name, kind, default, _ in ROW.findall(text)
    ]
    return {setting.name: setting for setting in found}


def _default(cell: str) -> str:
    return COMPUTED if cell.startswith(COMPUTED) else cell.strip("`")


def test_every_setting_is_in_the_table_and_nothing_else() -> None:
    assert sorted(in_the_table()) == sorted(in_the_code())


def test_types_and_defaults_are_those_of_the_code() -> None:
    assert in_the_table() == in_the_code()


def test_settings_are_read_in_one_file_only() -> None:
    folders = ("governance", "approvals", "proxy", "audit")
    read = re.compile(r"os\.environ(?:\.get\(|\[)\s*\"([A-Z_]+)\"")
    elsewhere = {
        name
        for folder in folders
        for file in (settings.BASE_DIR / folder).rglob("*.py")
        for name in read.findall(file.read_text())
    }

    # What starts the servers passes these two on, before there are any settings.
    assert elsewhere <= {"DATABASE_URL", "REDIS_URL", "PROMETHEUS_MULTIPROC_DIR"}
