"""A yes for one backend is used where the route leads to another by now."""

from collections.abc import Iterator

import pytest
from django.utils import timezone

from governance.decision import Reason
from governance.models import Backend
from governance.services import new_draft, publish_route, save_backend, save_draft
from tests.attacks.attack import Attack, token
from tests.factories import BackendFactory
from tests.remotes import Remote, serving
from tests.stage import Stage, answering

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture
def elsewhere() -> Iterator[Remote]:
    with serving(answering()) as remote:
        yield remote


def test_a_claim_does_not_follow_its_route_to_another_backend(
    stage: Stage, attack: Attack, elsewhere: Remote
) -> None:
    claim = token(stage.approved())
    stage.comment.refresh_from_db()
    assert stage.comment.published is not None
    draft = new_draft(stage.comment.published, by=stage.sam, now=timezone.now())
    draft.backend = BackendFactory.create(name="elsewhere", base_url=elsewhere.url)
    save_draft(draft, by=stage.sam, now=timezone.now())
    publish_route(draft, by=stage.sam, now=timezone.now())

    attack.assert_refused(Reason.CLAIM_WRONG_ROUTE, claim=claim)

    assert stage.pending().state == "revoked"
    assert elsewhere.received == []


def test_a_claim_does_not_follow_its_backend_to_another_address(
    stage: Stage, attack: Attack, elsewhere: Remote
) -> None:
    claim = token(stage.approved())
    backend = Backend.objects.get(name="github-api")
    backend.base_url = elsewhere.url
    save_backend(backend, by=stage.sam, now=timezone.now())

    attack.assert_refused(Reason.CLAIM_REVOKED, claim=claim)

    assert stage.pending().state == "revoked"
    assert elsewhere.received == []
