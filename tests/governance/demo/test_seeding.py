"""The demo in a database: made once, found again, and nothing taken over."""

import dataclasses
from pathlib import Path
from typing import Final

import pytest
import yaml
from django.utils import timezone

from audit.models import Record
from governance.demo.credentials import make_credentials, read_credentials
from governance.demo.handout import NAME, Handout, publish
from governance.demo.people import AGENTS, PEOPLE
from governance.demo.seeding import ROUTES, Addresses, NotOurs, seed
from governance.models import (
    AgentKey,
    Backend,
    CredentialLane,
    Installation,
    Membership,
    Route,
    RouteVersion,
    SigningKey,
    Toolset,
    User,
)
from governance.services import (
    entries_of,
    revoke_key,
    save_backend,
    save_draft,
    secret_fingerprint,
)
from proxy.authentication import authenticate
from tests.factories import TenantFactory

pytestmark = pytest.mark.django_db

ADDRESSES: Final = Addresses(
    "http://127.0.0.1:8000", "http://127.0.0.1:8001", "postgres:///demo"
)
MOVED: Final = dataclasses.replace(ADDRESSES, remote_url="http://127.0.0.1:9001")


def seeded(folder: Path, addresses: Addresses = ADDRESSES) -> Handout:
    make_credentials(folder)
    seed(folder, addresses=addresses, now=timezone.now())
    publish(folder)
    handout = Handout.read(folder)
    assert handout
    return handout


def remote_urls() -> set[str]:
    return set(Backend.objects.values_list("base_url", flat=True))


def is_honoured(key: str) -> bool:
    return authenticate(f"Bearer {key}", now=timezone.now()).agent == "ci-agent"


def rule(version: RouteVersion) -> tuple[object, ...]:
    if version.approval_rule == RouteVersion.Rule.NOT_REQUIRED:
        return ()
    return version.quorum, str(version.group), version.separation


def test_the_tools_are_those_of_the_table(tmp_path: Path) -> None:
    seeded(tmp_path)

    routes = Route.objects.select_related("tenant", "published__group")
    told = {
        (route.tenant.slug, route.tool): (route.published.risk, *rule(route.published))
        for route in routes
        if route.published
    }

    assert told == {
        ("team-acme", "github.read_pr"): ("read",),
        ("team-acme", "github.read_neighbour"): ("read",),
        ("team-acme", "github.comment_pr"): ("write", 1, "reviewers", "four_eyes"),
        ("team-acme", "github.merge_pr"): ("privileged", 2, "reviewers", "strict"),
        ("team-acme", "cloud.read_logs"): ("read",),
        ("team-acme", "cloud.restart_service"): (
            *("privileged", 1, "operators", "strict"),
        ),
        ("team-acme", "tickets.create"): ("write", 1, "reviewers", "four_eyes"),
        ("team-acme", "tickets.search"): ("read",),
        ("team-acme", "shell.run_job"): ("privileged", 1, "operators", "strict"),
        ("team-zeta", "github.read_pr"): ("read",),
        ("team-zeta", "tickets.create"): ("write", 1, "reviewers", "confirm"),
    }


def test_a_key_opens_the_tools_of_its_agent(tmp_path: Path) -> None:
    handout = seeded(tmp_path)

    principals = {
        name: authenticate(f"Bearer {key}", now=timezone.now())
        for name, key in handout.keys.items()
    }
    granted = {
        name: {
            route.tool
            for toolset in Toolset.objects.filter(agents__name=name)
            for route in entries_of(toolset)
        }
        for name in principals
    }

    assert granted["ana-agent"] == {
        *("github.read_pr", "github.read_neighbour"),
        *("cloud.read_logs", "tickets.search"),
        *("github.comment_pr", "tickets.create"),
    }
    assert granted["ci-agent"] - granted["ana-agent"] == {
        *("github.merge_pr", "cloud.restart_service", "shell.run_job"),
    }
    assert granted["zeta-agent"] == {"github.read_pr", "tickets.create"}


def test_everybody_has_a_password_and_the_roles_that_are_told(tmp_path: Path) -> None:
    handout = seeded(tmp_path)

    for person in PEOPLE:
        user = User.objects.get(username=person.name)
        held = Membership.objects.filter(user=user).values_list("role", flat=True)
        assert user.check_password(handout.passwords[person.name])
        assert sorted(held) == sorted(person.roles)
    assert len(set(handout.passwords.values())) == len(PEOPLE)


def test_the_lanes_lend_what_the_remote_expects(tmp_path: Path) -> None:
    seeded(tmp_path)

    tokens = read_credentials(tmp_path)
    app = secret_fingerprint(tokens.pop("github-app"))
    borrowing = CredentialLane.objects.filter(kind="github_app")
    held = set(borrowing.values_list("secret_fingerprint", flat=True))
    lent = {
        lane.name
        if lane.tenant.slug == "team-acme"
        else f"{lane.tenant}/{lane.name}": (lane.secret_fingerprint)
        for lane in CredentialLane.objects.filter(kind="static").select_related(
            "tenant"
        )
    }

    assert held == {app}
    assert lent == {lane: secret_fingerprint(token) for lane, token in tokens.items()}


def test_a_database_that_holds_the_demo_says_so_and_can_sign(tmp_path: Path) -> None:
    seeded(tmp_path)

    assert Installation.objects.get().demo
    assert SigningKey.objects.filter(state=SigningKey.State.ACTIVE).count() == 1


def test_the_file_and_the_list_of_agents_agree(tmp_path: Path) -> None:
    tenants = yaml.safe_load(ROUTES.read_text())["tenants"]

    for agent in AGENTS:
        assert tenants[agent.tenant]["agents"][agent.name]["owner"] == agent.owner
    for person in PEOPLE:
        roles = tenants[person.tenant]["roles"][person.name]
        assert roles == list(person.roles)


def test_a_second_time_nothing_changes_and_nothing_is_recorded(tmp_path: Path) -> None:
    first = seeded(tmp_path)
    written = (tmp_path / NAME).read_bytes()
    records = Record.objects.count()

    again = seeded(tmp_path)

    assert again == first
    assert (tmp_path / NAME).read_bytes() == written
    assert Record.objects.count() == records


def test_the_backends_follow_the_remote_to_another_port(tmp_path: Path) -> None:
    seeded(tmp_path)

    moved = seeded(tmp_path, MOVED)

    assert remote_urls() == {"http://127.0.0.1:9001", "http://127.0.0.1:9001/mcp"}
    assert moved.remote_url == "http://127.0.0.1:9001"


def test_what_people_changed_meanwhile_stays(tmp_path: Path) -> None:
    seeded(tmp_path)
    backend = Backend.objects.get(name="shell-runner")
    backend.base_url = "http://127.0.0.1:7777"
    save_backend(backend, by=None, now=timezone.now())
    route = Route.objects.get(tool="github.merge_pr")
    draft = RouteVersion.objects.get(route=route)
    draft.pk, draft.title, draft.state = None, "Mine", RouteVersion.State.DRAFT
    draft._state.adding = True  # noqa: SLF001 - documented
    save_draft(draft, by=None, now=timezone.now())

    seeded(tmp_path, MOVED)

    backend.refresh_from_db()
    assert backend.base_url == "http://127.0.0.1:7777"
    assert route.versions.filter(title="Mine").exists()


def test_a_revoked_key_is_replaced_and_the_others_stay(tmp_path: Path) -> None:
    first = seeded(tmp_path)
    key_id = first.keys["ci-agent"].split("_")[1]
    revoke_key(AgentKey.objects.get(key_id=key_id), by=None, now=timezone.now())

    again = seeded(tmp_path)

    assert again.keys["ci-agent"] != first.keys["ci-agent"]
    assert again.keys["ana-agent"] == first.keys["ana-agent"]
    assert again.passwords == first.passwords
    assert is_honoured(again.keys["ci-agent"])


def test_without_its_file_passwords_and_keys_are_new_and_good(tmp_path: Path) -> None:
    first = seeded(tmp_path)
    (tmp_path / NAME).unlink()

    again = seeded(tmp_path, MOVED)

    ana = User.objects.get(username="ana")
    assert ana.check_password(again.passwords["ana"])
    assert again.passwords["ana"] != first.passwords["ana"]
    assert is_honoured(again.keys["ci-agent"])
    assert remote_urls() == {"http://127.0.0.1:9001", "http://127.0.0.1:9001/mcp"}


def test_a_file_of_another_database_is_not_believed(tmp_path: Path) -> None:
    seeded(tmp_path)
    strange = "swk_0123456789abcdef_c3RyYW5nZQ"
    Handout(
        base_url=ADDRESSES.base_url,
        remote_url=ADDRESSES.remote_url,
        database_url=ADDRESSES.database_url,
        keys={agent.name: strange for agent in AGENTS},
        passwords={person.name: "of another one" for person in PEOPLE},
    ).write(tmp_path)

    again = seeded(tmp_path)

    assert strange not in again.keys.values()
    assert "of another one" not in again.passwords.values()


def test_a_tenant_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    TenantFactory.create(slug="team-acme")

    with pytest.raises(NotOurs, match="has team-acme already"):
        seed(tmp_path, addresses=ADDRESSES, now=timezone.now())

    assert not Installation.objects.get().demo
    assert Handout.read(tmp_path) is None
