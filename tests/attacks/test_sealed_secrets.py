"""A lane's sealed secret is copied to where it was not sealed for."""

import pytest
from django.utils import timezone

from audit.models import Record
from governance import policy
from governance.models import CredentialLane, RouteVersion
from governance.policy.loading import lane_facts
from governance.services import replace_secret
from proxy.execution import lane_settings
from tests.attacks.rows import tamper
from tests.attacks.tools import publish_read
from tests.factories import CredentialLaneFactory, TenantFactory, person
from tests.stage import READ, READ_SCHEMA, SECRET, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

BEARER = {"in": "authorization", "scheme": "Bearer"}


@pytest.fixture
def stolen(stage: Stage) -> CredentialLane:
    """Return another lane of the tenant, with a route that reads through it."""
    lane = CredentialLaneFactory.create(
        name="somebody-elses", kind="static", placement=BEARER
    )
    replace_secret(lane, "of-somebody-else-0001", by=stage.sam, now=timezone.now())
    publish_read(
        stage,
        "github.peek",
        lane=lane,
        arguments_schema=READ_SCHEMA,
        summary_template="Peek at #{pull} of {repo}",
        mapping={"method": "GET", "path": "/repos/acme/{repo}/pulls/{pull}"},
    )
    return lane


def peek(stage: Stage) -> None:
    """Call through the stolen lane, as a process that has just started."""
    policy.forget()
    answer = stage.post({"tool": "github.peek", "args": READ})
    assert answer.status_code == 502, answer.content
    assert answer.json()["code"] == "credential_unavailable"
    assert SECRET not in answer.content.decode()


def test_a_secret_does_not_open_on_another_lane(
    stage: Stage, stolen: CredentialLane
) -> None:
    kept = CredentialLane.objects.get(name="github-comment")

    tamper(
        stolen,
        sealed_secret=kept.sealed_secret,
        secret_version=kept.secret_version,
        secret_fingerprint=kept.secret_fingerprint,
    )
    peek(stage)

    assert stage.sent() == 0
    record = stage.last_record()
    assert (record.event, record.reason) == ("call.failed", "credential_unavailable")
    assert SECRET not in str(list(Record.objects.values()))


def test_a_secret_of_another_tenants_lane_of_the_same_name_does_not_open(
    stage: Stage,
) -> None:
    zeta = TenantFactory.create(slug="team-zeta")
    zoe = person("zoe", "admin", tenant=zeta)
    theirs = CredentialLaneFactory.create(tenant=zeta, kind="static", placement=BEARER)
    replace_secret(theirs, "zeta-secret", by=zoe, now=timezone.now())
    ours = CredentialLane.objects.get(tenant=stage.tenant)
    assert (ours.name, ours.secret_version) == (theirs.name, theirs.secret_version)

    tamper(ours, sealed_secret=theirs.sealed_secret)
    policy.forget()
    answer = stage.post({"tool": "github.read_pr", "args": READ})

    assert answer.json()["code"] == "credential_unavailable"
    assert stage.last_record().reason == "credential_unavailable"
    assert stage.sent() == 0


def test_an_older_secret_does_not_come_back(stage: Stage) -> None:
    """The version is under the seal: yesterday's secret stays yesterday's."""
    lane = CredentialLane.objects.get(name="github-comment")

    tamper(lane, secret_version=lane.secret_version + 1)
    policy.forget()
    answer = stage.post({"tool": "github.read_pr", "args": READ})

    assert answer.json()["code"] == "credential_unavailable"
    assert stage.sent() == 0


def test_a_lane_renamed_or_moved_to_another_tenant_is_not_policy(
    stage: Stage, stolen: CredentialLane
) -> None:
    lane = CredentialLane.objects.get(name="github-comment")
    assert lane_settings(lane_facts(lane), "team-acme").sealed_secret

    tamper(lane, name="github-comments")
    policy.forget()
    answer = stage.post({"tool": "github.read_pr", "args": READ})

    assert answer.status_code == 503
    assert answer.json()["code"] == "unavailable"
    assert stage.denials() == ["unavailable"]
    assert stage.sent() == 0


def test_a_secret_sent_elsewhere_on_the_request_is_not_policy(stage: Stage) -> None:
    lane = CredentialLane.objects.get(name="github-comment")

    tamper(lane, placement='{"in": "header", "name": "X-Leak"}')
    policy.forget()
    answer = stage.post({"tool": "github.read_pr", "args": READ})

    assert answer.status_code == 503
    assert stage.denials() == ["unavailable"]
    assert stage.sent() == 0


def test_a_version_pointed_at_a_stronger_lane_is_not_policy(
    stage: Stage, stolen: CredentialLane
) -> None:
    version = RouteVersion.objects.get(route=stage.read)

    tamper(version, lane_id=stolen.pk)
    policy.forget()
    answer = stage.post({"tool": "github.read_pr", "args": READ})

    assert answer.status_code == 503
    assert stage.denials() == ["unavailable"]
    assert stage.sent() == 0
