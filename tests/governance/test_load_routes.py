"""Configuration as a reviewed file: loaded whole, twice without effect, dumped."""

from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import CommandError

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
from tests.governance.route_files import FILE, TOKEN, changed, people, run

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _people(monkeypatch: pytest.MonkeyPatch) -> None:
    people(monkeypatch)


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


def test_who_is_not_named_keeps_no_role(tmp_path: Path) -> None:
    run("load_routes", FILE)
    path = changed(tmp_path, roles={"sam": ["admin"], "ana": ["approver", "auditor"]})

    told = run("load_routes", path)

    assert "team-acme: roles of ben: no longer approver" in told
    assert "team-acme: roles of ana: now auditor" in told


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


def test_one_change_is_counted_as_one(tmp_path: Path) -> None:
    run("load_routes", FILE)
    renamed = {"routes__github-dot-read_pr__title": "Look at a pull request"}

    told = run("load_routes", changed(tmp_path, **renamed), check=True)

    assert "1 change would be made." in told
