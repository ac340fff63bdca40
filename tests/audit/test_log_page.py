"""The page of the log, and what an auditor takes away from it."""

from pathlib import Path

import pytest
from django.test import Client

from audit import proofs, verify
from audit.models import Leaf, Record
from audit.services.verification import verify_and_record, verify_record
from tests.audit.auditing import verified
from tests.audit.evidence import CALL, NOW, write
from tests.audit.reading import text_of
from tests.audit.sealed import seal_all, some_calls, vkey

pytestmark = pytest.mark.django_db


def test_the_page_shows_size_key_anchors_and_the_last_verification(
    olu: Client,
) -> None:
    some_calls(2)
    seal_all()
    verify_and_record(now=NOW)

    page = olu.get("/audit/log/")

    text = text_of(page)
    assert "Size8 records" in text.replace(" ", "").replace("8records", "8 records")
    assert vkey() in page.content.decode().replace("&#x2B;", "+")
    assert "verified" in text
    assert "--hashes" not in text


def test_the_page_says_that_nothing_is_sealed(olu: Client) -> None:
    assert "Nothing is sealed yet" in text_of(olu.get("/audit/log/"))
    for name in ("checkpoint", "vkey.txt", "hashes.bin", "consistency?from=1"):
        assert olu.get(f"/audit/log/{name}").status_code == 404


@pytest.mark.parametrize(
    "path", ["", "checkpoint", "vkey.txt", "verify.py", "hashes.bin", "consistency"]
)
def test_strangers_find_no_page(client: Client, path: str) -> None:
    assert client.get(f"/audit/log/{path}").status_code in (302, 404)


def test_what_the_page_offers_verifies(operator: Client, tmp_path: Path) -> None:
    some_calls(3)
    size = seal_all().size
    write("session.ended", {**CALL, "call_id": None})
    seal_all()

    for name, path in {
        "records.jsonl": f"export.jsonl?size={size}",
        "checkpoint": f"log/checkpoint?size={size}",
        "hashes.bin": f"log/hashes.bin?size={size}",
        "vkey.txt": "log/vkey.txt",
    }.items():
        page = operator.get(f"/audit/{path}")
        assert page.status_code == 200
        data = page.getvalue()
        (tmp_path / name).write_bytes(data)

    said = verified(tmp_path)
    assert said.code == verify.VERIFIED, said.report
    assert said.report["size"] == size
    later = (tmp_path / "later", operator.get("/audit/log/checkpoint").content)
    later[0].write_bytes(later[1])
    assert operator.get(f"/audit/log/checkpoint?size={size + 5}").status_code == 404


def test_a_consistency_proof_leads_from_an_earlier_checkpoint(
    olu: Client, tmp_path: Path
) -> None:
    some_calls(2)
    earlier = seal_all()
    some_calls(1)
    later = seal_all()
    query = f"from={earlier.size}&size={later.size}"

    files = {
        "records.jsonl": f"export.jsonl?size={later.size}",
        "checkpoint": "log/checkpoint",
        "vkey.txt": "log/vkey.txt",
        "earlier": f"log/checkpoint?size={earlier.size}",
        "consistency": f"log/consistency?{query}",
    }
    for name, path in files.items():
        page = olu.get(f"/audit/{path}")
        (tmp_path / name).write_bytes(page.getvalue())

    more = ["--earlier", str(tmp_path / "earlier"), "--part"]
    proof = ["--consistency", str(tmp_path / "consistency")]
    without = verified(tmp_path, *more)
    assert verified(tmp_path, *more, *proof).report["counts"]["incomplete"] == 0
    assert without.code in (verify.INCOMPLETE, verify.TAMPERED)
    assert "there is no consistency proof" in str(without.report)


def test_the_proof_of_one_record_leaves_as_a_file_and_is_recorded(olu: Client) -> None:
    first, *_ = some_calls(1)
    seal_all()

    page = olu.get(f"/audit/records/{first}/proof")

    assert page.content.startswith(b"c2sp.org/tlog-proof@v1\nindex 0\n")
    told = Record.objects.get(event="proof.exported")
    assert told.detail == {"record": first, "size": 4}
    assert olu.get("/audit/records/evt_unknown/proof").status_code == 404


def test_the_proof_of_another_tenants_record_is_not_found(olu: Client) -> None:
    record = write("call.allowed", {**CALL, "tenant": "team-zeta"})
    seal_all()

    assert olu.get(f"/audit/records/{record}/proof").status_code == 404


def test_one_record_is_verified_just_now() -> None:
    first, *_ = some_calls(1)
    assert verify_record(first).proof is None
    seal_all()

    verdict = verify_record(first)

    assert verdict.is_verified
    assert verdict.proof == proofs.proof_of(first)
    assert verdict.proof is not None
    assert verdict.proof.index == Leaf.objects.get(record_id=first).index
    assert verify_record("evt_unknown").wrong
