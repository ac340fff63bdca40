"""Configuration as a reviewed file: loaded whole, twice without effect, dumped."""

import io
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import CommandError, call_command

from audit.models import Record
from governance.envelope import Context, open_secret
from governance.keys import kek
from governance.models import (
    Agent,
    CredentialLane,
    Membership,
    Route,
    RouteVersion,
    Tenant,
)
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

FILE = Path(__file__).parent.parent / "data" / "routes.yaml"
TOKEN = "ghp-canary-0001"


@pytest.fixture(autouse=True)
def _people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    for name in ("sam", "ana", "ben"):
        UserFactory.create(username=name)


def run(command: str, *args: Any, **options: Any) -> str:
    out = io.StringIO()
    call_command(command, *args, stdout=out, **options)
    return out.getvalue()


def changed(tmp_path: Path, **change: Any) -> Path:
    """Write the file anew, with members of its one tenant replaced."""
    document = yaml.safe_load(FILE.read_text())
    for path, value in change.items():
        *parents, last = path.split("__")
        place = document["tenants"]["team-acme"]
        for parent in parents:
            place = place[parent.replace("-dot-", ".")]
        place[last] = value
    copy = tmp_path / "routes.yaml"
    copy.write_text(yaml.safe_dump(document))
    return copy


def test_a_file_makes_everything_that_it_names() -> None:
    told = run("load_routes", FILE)

    assert "team-acme: route github.comment_pr: risk: write" in told
    assert {route.tool for route in Route.objects.exclude(published=None)} == {
        "github.read_pr",
        "github.comment_pr",
    }
    agent = Agent.objects.get()
    assert (agent.owner.username, agent.toolsets.get().name) == ("sam", "everyday")
    assert Membership.objects.count() == 3
    comment = RouteVersion.objects.get(route__tool="github.comment_pr")
    assert comment.group is not None
    assert (comment.group.name, comment.state) == ("reviewers", "published")


def test_loading_twice_changes_and_records_nothing() -> None:
    run("load_routes", FILE)
    before = (Record.objects.count(), Tenant.objects.get().policy_epoch)

    told = run("load_routes", FILE)

    assert told == "No changes.\n"
    assert (Record.objects.count(), Tenant.objects.get().policy_epoch) == before


def test_a_check_tells_the_differences_and_leaves_no_trace() -> None:
    told = run("load_routes", FILE, check=True)

    assert "route github.read_pr: title: Read a pull request" in told
    assert "changes would be made." in told
    assert not Tenant.objects.exists()
    assert not Record.objects.exists()


def test_a_dump_names_everything_but_secrets() -> None:
    run("load_routes", FILE)

    dumped = run("dump_routes", tenant="team-acme")

    tenant = yaml.safe_load(dumped)["tenants"]["team-acme"]
    assert tenant["agents"]["ci-agent"]["owner"] == "sam"
    assert tenant["lanes"]["github-comment"]["privilege"] == "write"
    assert TOKEN not in dumped


def test_a_dump_can_be_loaded_and_says_the_same(tmp_path: Path) -> None:
    run("load_routes", FILE)
    copy = tmp_path / "dump.yaml"
    copy.write_text(run("dump_routes"))

    told = run("load_routes", copy)

    assert told == "No changes.\n"


def test_a_weaker_rule_is_called_weaker(tmp_path: Path) -> None:
    rule = {"group": "reviewers", "quorum": 2}
    run(
        "load_routes",
        changed(tmp_path, **{"routes__github-dot-comment_pr__approval": rule}),
    )

    told = run("load_routes", FILE, check=True)

    place = "team-acme: route github.comment_pr"
    assert f"{place}: approvals needed: 2 to 1, weaker" in told


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


def test_a_secret_comes_from_the_environment_and_is_sealed_to_its_lane() -> None:
    run("load_routes", FILE)

    lane = CredentialLane.objects.get(name="github-comment")
    place = Context("team-acme", lane.name, "secret", lane.secret_version)
    opened = open_secret(lane.sealed_secret, keks=kek, aad=place)
    assert opened.reveal() == TOKEN
    assert TOKEN not in lane.sealed_secret


def test_a_secret_may_lie_in_a_file_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    lane = {
        "kind": "static",
        "privilege": "write",
        "placement": {"in": "header", "name": "X-Api-Key"},
        "secret_file": "token",
    }
    run("load_routes", changed(tmp_path, **{"lanes__github-comment": lane}))

    kept = CredentialLane.objects.get(name="github-comment")
    assert (kept.secret_version, kept.placement["name"]) == (1, "X-Api-Key")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version: 1\nversion: 1\ntenants: {}\n", "line 2: “version” stands twice"),
        ("a: &x 1\nb: *x\n", "aliases"),
        ("tenants: {}\n", "version"),
        ("{", "not YAML"),
        ("version: 1\ntenants: {a: {name: no, colour: red}}\n", "colour"),
    ],
)
def test_a_file_is_read_strictly(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "routes.yaml"
    path.write_text(text)

    with pytest.raises(CommandError, match=said):
        run("load_routes", path)


def test_who_is_not_named_keeps_no_role(tmp_path: Path) -> None:
    run("load_routes", FILE)
    path = changed(tmp_path, roles={"sam": ["admin"], "ana": ["approver", "auditor"]})

    told = run("load_routes", path)

    assert "team-acme: roles of ben: no longer approver" in told
    assert "team-acme: roles of ana: now auditor" in told


def test_a_lane_keeps_its_kind(tmp_path: Path) -> None:
    run("load_routes", FILE)

    with pytest.raises(CommandError, match="keeps its kind"):
        run("load_routes", changed(tmp_path, **{"lanes__github-comment__kind": "none"}))


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("lanes__github-comment__secret_env", "UNSET_NAME", "no UNSET_NAME"),
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


def test_only_one_tenant_of_the_file_is_loaded_where_one_is_asked_for() -> None:
    with pytest.raises(CommandError, match="no tenant “team-zeta”"):
        run("load_routes", FILE, tenant="team-zeta")


def test_who_publishes_can_be_named() -> None:
    run("load_routes", FILE, by="sam")

    version = RouteVersion.objects.get(route__tool="github.read_pr")
    assert version.published_by is not None
    assert version.published_by.username == "sam"


def test_the_example_of_the_manual_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manual = (settings.BASE_DIR / "docs" / "routes.md").read_text()
    monkeypatch.setenv("GITHUB_COMMENT_TOKEN", TOKEN)
    copy = tmp_path / "example.yaml"
    example = manual.split("```yaml\n")[1].partition("```")[0]
    # The example's host is looked up; tests reach no name server.
    copy.write_text(example.replace("api.github.com", "93.184.216.34"))

    assert "changes made." in run("load_routes", copy)


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


def test_one_change_is_counted_as_one(tmp_path: Path) -> None:
    run("load_routes", FILE)
    renamed = {"routes__github-dot-read_pr__title": "Look at a pull request"}

    told = run("load_routes", changed(tmp_path, **renamed), check=True)

    assert "1 change would be made." in told
