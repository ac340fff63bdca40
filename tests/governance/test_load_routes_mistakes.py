"""Mistakes in a file of configuration: told with their place, and nothing is loaded."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError

from audit.models import Record
from governance.loading.document import read_yaml
from governance.models import Tenant
from tests.governance.route_files import FILE, TOKEN, changed, people, run

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _people(monkeypatch: pytest.MonkeyPatch) -> None:
    people(monkeypatch)


def test_one_mistake_and_nothing_is_loaded(tmp_path: Path) -> None:
    path = changed(tmp_path, **{"routes__github-dot-read_pr__scope": "repo:{owner}"})

    with pytest.raises(CommandError, match=r"github.read_pr.*owner"):
        run("load_routes", path)

    assert not Tenant.objects.exists()
    assert not Record.objects.exists()


def test_an_unknown_person_is_named(tmp_path: Path) -> None:
    path = changed(tmp_path, agents__ci_agent={"owner": "olu"})

    with pytest.raises(CommandError, match=r"no person “olu”"):
        run("load_routes", path)


def test_a_secret_in_the_file_is_refused_without_being_repeated(tmp_path: Path) -> None:
    lane = {"kind": "static", "secret": TOKEN}
    path = changed(tmp_path, **{"lanes__github-comment": lane})

    with pytest.raises(CommandError, match="secret") as refusal:
        run("load_routes", path)

    assert TOKEN not in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version: 1\nversion: 1\ntenants: {}\n", "line 2: “version” stands twice"),
        ("a: &x 1\nb: *x\n", "aliases"),
        ("tenants: {}\n", "version"),
        ("{", "not YAML"),
        ("version: 1\ntenants: {a: {name: no, colour: red}}\n", "colour"),
        ('a: 1\nname: "a\\0b"\n', "line 2: a text holds the character NUL"),
        ('a: 1\n"a\\0b": 1\n', "line 2: a text holds the character NUL"),
        ('a: 1\nname: "\\ud800"\n', "line 2: a text holds half a surrogate pair"),
        ('a: 1\nname: "\\UFFFFFFFF"\n', "line 2: a value here can't be read"),
        ('a: 1\nname: "\\U00110000"\n', "line 2: a value here can't be read"),
        ("a: 1\nname: \x07\n", "line 2: a character here belongs into no text"),
        (f"a: 1\nname: {'9' * 5000}\n", r"line 2: an integer is beyond 2\^53-1"),
        ("a: 1\nname: 9007199254740992\n", r"line 2: an integer is beyond 2\^53-1"),
        ("a: 1\nname: 1.0e999\n", "line 2: a number is too large"),
        ('a: 1\nname: !!int "x"\n', r"line 2: tags \(!\) are not read"),
        ('a: 1\nname: !!bool "x"\n', r"line 2: tags \(!\) are not read"),
        ('a: 1\nname: !!timestamp "x"\n', r"line 2: tags \(!\) are not read"),
        ("a: 1\nname: ! x\n", r"line 2: tags \(!\) are not read"),
        ("a: 1\nname: " + "[" * 2000, "line 2: this is nested deeper than 64 levels"),
        ("? [a]\n: 1\n", "line 1: names are text"),
    ],
)
def test_a_file_is_read_strictly(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "routes.yaml"
    path.write_text(text)

    with pytest.raises(CommandError, match=said):
        run("load_routes", path)


def test_a_lane_keeps_its_kind(tmp_path: Path) -> None:
    run("load_routes", FILE)

    with pytest.raises(CommandError, match="keeps its kind"):
        run("load_routes", changed(tmp_path, **{"lanes__github-comment__kind": "none"}))


@pytest.mark.parametrize("value", [9007199254740991, -9007199254740991, 0.5])
def test_a_number_that_stays_what_it_is_is_read(value: float) -> None:
    assert read_yaml(f"a: {value}\n") == {"a": value}


@pytest.mark.parametrize("depth", [40, 56])
def test_a_request_that_is_nested_too_deep_is_told_with_its_line(
    tmp_path: Path, depth: int
) -> None:
    deep: Any = "{pull}"
    for _ in range(depth):
        deep = {"in": deep}
    name = "routes__github-dot-comment_pr__request__body"

    with pytest.raises(CommandError, match=r"line \d+, .*comment_pr: request: "):
        run("load_routes", changed(tmp_path, **{name: deep}))


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (
            "lanes__github-comment__secret_env",
            "UNSET_NAME",
            r"line \d+, .*lane github-comment: secret env: .* has no UNSET_NAME",
        ),
        (
            "lanes__github-comment",
            {
                "kind": "static",
                "placement": {"in": "authorization", "scheme": "Bearer"},
                "secret_file": "none",
            },
            r"line \d+, .*lane github-comment: secret file: .* none can't be read",
        ),
        ("routes__github-dot-read_pr__lane", "nowhere", "no credential lane “nowhere”"),
        ("toolsets__everyday", {"tickets.create": []}, "no route “tickets.create”"),
        ("backends__github-api__base_url", "http://10.0.0.1", "github-api"),
    ],
)
def test_what_a_file_misses_is_named(
    tmp_path: Path, path: str, value: object, said: str
) -> None:
    with pytest.raises(CommandError, match=said):
        run("load_routes", changed(tmp_path, **{path: value}))


def line_of(path: Path, words: str) -> int:
    """Return the number of the first line that says these words."""
    lines = path.read_text().splitlines()
    return next(at for at, line in enumerate(lines, 1) if words in line)


@pytest.mark.parametrize(
    ("change", "words", "told"),
    [
        (
            {"routes__github-dot-comment_pr__risk": "wrte"},
            "wrte",
            r"/routes/github\.comment_pr/risk: the value is not one of",
        ),
        (
            {"routes__github-dot-comment_pr__titel": "Comment"},
            "titel",
            r"/titel: “titel” is not known here\.",
        ),
        (
            {"routes__github-dot-comment_pr__approval__quorum": "one"},
            "quorum: one",
            r"/approval/quorum: the value is not of type \"integer\"",
        ),
        (
            {"routes__github-dot-comment_pr__approval__quorum": 9},
            "quorum: 9",
            r"route github\.comment_pr: quorum: 9 have to say yes",
        ),
        (
            {"routes__github-dot-read_pr__scope": "repo:{owner}"},
            "scope: repo:{owner}",
            r"route github\.read_pr: scope: \{owner\}",
        ),
        (
            {"routes__github-dot-read_pr__backend": "github-apx"},
            "github-apx",
            r"has no backend “github-apx”",
        ),
        ({"groups__reviewers": ["ana", "zoe"]}, "- zoe", r"no person “zoe”"),
        ({"roles": {"zoe": ["admin"]}}, "zoe:", r"no person “zoe”"),
        (
            {"toolsets__everyday": {"github.nothing": []}},
            "github.nothing",
            r"has no route “github\.nothing”",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line_and_its_field(
    tmp_path: Path, change: dict[str, Any], words: str, told: str
) -> None:
    path = changed(tmp_path, **change)

    with pytest.raises(CommandError, match=rf"line {line_of(path, words)}, .*{told}"):
        run("load_routes", path, check=True)


def test_a_file_that_is_not_there_or_empty_is_called_so(tmp_path: Path) -> None:
    empty = tmp_path / "empty.yaml"
    empty.write_text("# nothing yet\n")

    with pytest.raises(CommandError, match=r"There is no file .*none\.yaml"):
        run("load_routes", tmp_path / "none.yaml")
    with pytest.raises(CommandError, match="The file is empty"):
        run("load_routes", empty)
