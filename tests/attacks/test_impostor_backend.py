"""Somebody else answers in a backend's place, with a certificate of his own."""

from pathlib import Path

import pytest
from django.utils import timezone

from audit.models import Record
from governance.models import Backend
from governance.services import save_backend
from tests.certificates import YEAR, authority
from tests.remotes import serving
from tests.stage import READ, Stage, answering

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.mark.parametrize("wrong", ["authority", "name", "date"])
def test_an_impostor_is_sent_neither_the_request_nor_the_credential(
    stage: Stage, tmp_path: Path, wrong: str
) -> None:
    now = timezone.now()
    ours = authority(now)
    ends_at = now - YEAR / 365 if wrong == "date" else now + YEAR
    context = ours.server_context("other.example", folder=tmp_path, ends_at=ends_at)

    with serving(answering(), tls=context) as impostor:
        backend = Backend.objects.get()
        backend.base_url = f"https://127.0.0.1:{impostor.port}"
        backend.ca_pem = "" if wrong == "authority" else ours.pem
        save_backend(backend, by=stage.sam, now=now)

        answer = stage.post({"tool": "github.read_pr", "args": READ})

        assert (answer.status_code, answer.json()["code"]) == (
            502,
            "backend_unreachable",
        )
        assert impostor.received == []
    call = stage.last_call()
    assert (call.state, call.reason) == ("failed", "backend_unreachable")
    records = Record.objects.of_call(call.pk).values_list("event", "reason")
    assert list(records) == [
        ("call.allowed", None),
        ("call.failed", "backend_unreachable"),
    ]
    assert stage.sent() == 0
