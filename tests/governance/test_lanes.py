"""Lanes of issuers: their forms, what is refused, their test and their preview."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Record
from governance.loading import Secrets, dump, load
from governance.models import CredentialLane, RouteVersion, Tenant
from governance.refusals import Refused
from governance.services import replace_secret, save_draft, save_lane
from governance.trial import try_call
from tests.factories import (
    CredentialLaneFactory,
    RouteVersionFactory,
    TenantFactory,
    person,
)
from tests.governance.admin_pages import detail_of, fields_of, page
from tests.issuers.github import COMMENTING, Issuer, app_key, github_issuer

pytestmark = [pytest.mark.django_db, pytest.mark.allow_hosts(["127.0.0.1"])]

BEARER = {"in": "authorization", "scheme": "Bearer"}
ADD = "admin:governance_credentiallane_add"


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with github_issuer() as running:
        yield running


@pytest.fixture
def sam(client: Client) -> Client:
    client.force_login(person("sam", "admin"))
    return client


@pytest.fixture
def typed(issuer: Issuer) -> dict[str, Any]:
    """Return what Sam types into the form of a GitHub lane."""
    issuer.github.mode = "normal"
    return {
        "tenant": TenantFactory.create().pk,
        "name": "github-comment",
        "kind": "github_app",
        "privilege": "write",
        **issuer.settings(allowed_cidrs="127.0.0.1/32"),
        "repositories": "{repo}",
        "permissions": "issues: write",
        "max_seconds": 3600,
        "reuse_seconds": 0,
        "place": "Bearer",
        "secret": app_key().replace("\n", "\r\n"),
    }


def errors_of(answer: Any) -> str:
    return str(answer.context["adminform"].form.errors)


def made(sam: Client, typed: dict[str, Any]) -> CredentialLane:
    answer = sam.post(reverse(ADD), typed)
    assert answer.status_code == 302, errors_of(answer)
    return CredentialLane.objects.get(name=typed["name"])


def test_the_kind_is_asked_first_and_decides_the_fields(sam: Client) -> None:
    TenantFactory.create()

    choice = sam.get(reverse(ADD)).content.decode()
    forms = {
        kind: sam.get(f"{reverse(ADD)}?kind={kind}").content.decode()
        for kind in CredentialLane.Kind.values
    }

    assert all(f"?kind={kind}" in choice for kind in forms)
    assert "Installation ID" in forms["github_app"]
    assert "Installation ID" not in forms["aws_sts"]
    assert "Role to assume" in forms["aws_sts"]
    assert "Token endpoint" in forms["oauth_client"]
    assert 'name="secret"' in forms["static"]
    for kind in ("github_app", "aws_sts", "oauth_client"):
        assert 'name="narrowing"' not in forms[kind]
        assert 'name="settings"' not in forms[kind]


def test_a_lane_is_made_by_its_form_and_its_key_never_comes_out(
    sam: Client, typed: dict[str, Any]
) -> None:
    lane = made(sam, typed)

    shown = sam.get(page(lane)).content.decode()
    assert lane.settings["installation_id"] == "184"
    assert lane.settings["allowed_cidrs"] == ["127.0.0.1/32"]
    assert lane.narrowing == COMMENTING
    assert "PRIVATE KEY" not in shown
    assert "{repo}" in shown
    assert lane.secret_version == 1
    again = {**fields_of(sam.get(page(lane))), "reuse_seconds": 0}
    unchanged = sam.post(page(lane), again)
    assert unchanged.status_code == 302, errors_of(unchanged)
    lane.refresh_from_db()
    assert (lane.version, lane.secret_version) == (1, 1)


def test_a_key_that_was_typed_is_not_shown_again_after_a_mistake(
    sam: Client, typed: dict[str, Any]
) -> None:
    answer = sam.post(reverse(ADD), {**typed, "installation_id": "not a number"})

    assert "Installation ID can" in errors_of(answer)
    assert "PRIVATE KEY" not in answer.content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"client_id": ""}, "Client ID of the app is needed"),
        ({"api_url": "ftp://x"}, "API address can"),
        ({"api_url": "http://169.254.169.254/x"}, "metadata"),
        ({"allowed_cidrs": ""}, "does not open it"),
        ({"allowed_cidrs": "everything"}, "not a network"),
        ({"privilege": "read"}, "these permissions do more"),
        ({"max_seconds": 600}, "3600 seconds at least"),
        ({"reuse_seconds": 60}, "Only a read lane"),
        ({"secret": "not a key"}, "not a private key in PEM"),
        ({"place": "Basic"}, "Select a valid choice"),
    ],
)
def test_a_mistake_is_told_at_its_field_with_what_to_write(
    changes: dict[str, Any], words: str, sam: Client, typed: dict[str, Any]
) -> None:
    answer = sam.post(reverse(ADD), {**typed, **changes})

    assert answer.status_code == 200
    assert words in errors_of(answer).replace("&#x27;", "'")
    assert not CredentialLane.objects.exists()


def draft_on(lane: CredentialLane, **members: Any) -> RouteVersion:
    """Return a draft on a lane; what is changed of it is not saved."""
    version = RouteVersionFactory.create(lane=lane)
    for name, value in members.items():
        setattr(version, name, value)
    return version


def test_a_route_whose_scope_lacks_what_the_lane_narrows_by_is_not_published(
    sam: Client, typed: dict[str, Any]
) -> None:
    lane = made(sam, typed)
    draft = draft_on(lane, scope_template="pull:{pull}")

    with pytest.raises(Refused, match=r"narrows its credential by {repo}"):
        save_draft(draft, by=None, now=timezone.now())


def test_a_lane_that_narrows_by_what_a_route_lacks_is_not_saved(
    sam: Client, typed: dict[str, Any]
) -> None:
    lane = made(sam, typed)
    version = draft_on(lane)
    save_draft(version, by=None, now=timezone.now())
    RouteVersion.objects.filter(pk=version.pk).update(state="published")
    version.route.published = version
    version.route.save()

    lane.narrowing = {**COMMENTING, "repositories": ["{project}"]}

    with pytest.raises(Refused, match=r"github\.comment_pr: .*{project}"):
        save_lane(lane, by=None, now=timezone.now())


def test_the_try_it_page_says_what_the_credential_could_do(
    sam: Client, typed: dict[str, Any]
) -> None:
    version = draft_on(made(sam, typed))
    args = {"repo": "payments-api", "pull": 184, "body": "x"}

    trial = try_call(version, args, agent=None, now=timezone.now())  # type: ignore[arg-type]

    assert trial.problem == ""
    assert trial.power is not None
    assert trial.power.sentences == ("GitHub, in payments-api: issues: write",)
    assert trial.power.is_narrowed


def test_a_shared_lane_is_shown_as_not_narrowed() -> None:
    lane = CredentialLaneFactory.create(name="shared", kind="static", placement=BEARER)
    args = {"repo": "payments-api", "pull": 184, "body": "x"}

    trial = try_call(draft_on(lane), args, agent=None, now=timezone.now())  # type: ignore[arg-type]

    assert trial.power is not None
    assert not trial.power.is_narrowed
    assert "shared" in trial.power.sentences[0]


def after_testing(sam: Client, lane: CredentialLane) -> str:
    return sam.post(page(lane, "test")).content.decode().replace("&#x27;", "'")


def test_a_lane_is_tested_without_lending_anything(
    sam: Client, typed: dict[str, Any], issuer: Issuer
) -> None:
    lane, asked = made(sam, typed), issuer.github.asked

    looked = sam.get(page(lane, "test"))
    told = after_testing(sam, lane)

    assert "Test this lane" in sam.get(page(lane)).content.decode()
    assert looked.status_code == 200
    assert "The installation is of acme." in told
    assert "It has issues: write." in told
    assert 'class="error"' not in told
    assert issuer.github.asked == asked
    record = Record.objects.get(event="lane.tested")
    assert (record.actor_kind, detail_of(record)["good"]) == ("person", True)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"owner": "somebody"}, "and the lane says somebody"),
        ({"client_id": "Iv1.other"}, "clock is off"),
        ({"installation_id": "999"}, "no such installation"),
        ({"permissions": "actions: write"}, "lacks actions: write"),
    ],
)
def test_a_test_says_what_to_mend(
    changes: dict[str, Any], words: str, sam: Client, typed: dict[str, Any]
) -> None:
    told = after_testing(sam, made(sam, {**typed, **changes}))

    assert words in told
    assert detail_of(Record.objects.get(event="lane.tested"))["good"] is False


def test_an_altered_lane_and_another_tenants_are_not_tested(
    sam: Client, typed: dict[str, Any], issuer: Issuer
) -> None:
    lane = made(sam, typed)
    CredentialLane.objects.filter(pk=lane.pk).update(max_seconds=9999)
    zeta = TenantFactory.create(slug="team-zeta")
    theirs = CredentialLaneFactory.create(tenant=zeta, kind="static")

    assert "changed in the database" in after_testing(sam, lane)
    assert sam.post(page(theirs, "test")).status_code == 404


def test_a_static_lane_is_tested_as_far_as_it_can_be(sam: Client) -> None:
    lane = CredentialLaneFactory.create(kind="static", placement=BEARER)
    told = after_testing(sam, lane)
    replace_secret(lane, "a-shared-token", by=None, now=timezone.now())

    assert "can't be used" in told
    assert "the first call shows" in after_testing(sam, lane)


def test_what_was_dumped_loads_without_a_change(
    sam: Client, typed: dict[str, Any], load_secrets: Secrets
) -> None:
    made(sam, typed)
    now = timezone.now()

    text = dump(Tenant.objects.all(), now=now)
    lines = load(text, secrets=load_secrets, by=None, now=now)

    assert "installation_id: '184'" in text
    assert "{repo}" in text
    assert "PRIVATE KEY" not in text
    assert lines == []


@pytest.fixture
def load_secrets(tmp_path: Any) -> Secrets:
    return Secrets(tmp_path, {})
