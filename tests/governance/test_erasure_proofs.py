"""Erasing breaks no proof, and what was erased can't be found again by guessing."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from audit import sealing, verify
from audit.models import Record
from governance.services.erasure import erase_person
from tests.audit.auditing import exported, verified
from tests.governance.test_erasure import play, world
from tests.stage import Stage

__all__ = ["world"]

pytestmark = [pytest.mark.django_db, pytest.mark.allow_hosts(["127.0.0.1"])]

NONE = "00" * 16
SYLLABLES = [
    "an",
    "be",
    "ca",
    "da",
    "el",
    "fa",
    "ga",
    "ha",
    "in",
    "jo",
    "ka",
    "la",
    "ma",
    "na",
    "ol",
    "pa",
    "ra",
    "sa",
    "ta",
    "um",
]


def likeliest() -> Iterator[str]:
    """Yield ten thousand names; hers is among the first that anybody tries."""
    yield from ("admin", "sam", "ana", "ben")
    yield from (a + b + c for a in SYLLABLES for b in SYLLABLES for c in SYLLABLES)
    yield from (f"{a}{n}" for a in SYLLABLES for n in range(100))


def lines_of(folder: Path) -> list[dict[str, Any]]:
    text = (folder / "records.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def guessed(
    lines: list[dict[str, Any]], salts: Mapping[str, set[str]]
) -> dict[str, str]:
    """Return the records whose person is found by trying every name and salt."""
    found = {}
    for line in lines:
        promise = line["leaf"]["personal"].get("person")
        for salt in salts.get(line["leaf"]["id"], ()) if promise else ():
            for name in likeliest():
                if verify.commitment(salt, "person", name) == promise:
                    found[line["leaf"]["id"]] = name
    return found


def salts_of(lines: list[dict[str, Any]]) -> dict[str, set[str]]:
    """Return what whoever has the file knows of each record, and no salt at all."""
    return {line["leaf"]["id"]: {NONE, *line["salts"].values()} for line in lines}


def test_exports_of_before_and_after_verify_and_nobody_guesses_her_name(
    world: Stage, tmp_path: Path
) -> None:
    play(world)
    sealing.seal_all(now=timezone.now())
    before = exported(tmp_path / "before")
    hers = set(
        Record.objects.filter(personal__person="ana").values_list("pk", flat=True)
    )
    told = [line for line in lines_of(before) if line["leaf"]["id"] in hers]
    assert hers
    assert set(guessed(told, salts_of(told)).values()) == {"ana"}  # so it is a guess

    erase_person(world.ana, by=world.sam, now=timezone.now())
    sealing.seal_all(now=timezone.now())
    after = exported(tmp_path / "after")

    assert verified(before).code == verify.VERIFIED
    said = verified(after)
    assert said.code == verify.VERIFIED, said.report
    assert "were erased" in str(said.report["findings"])
    left = [line for line in lines_of(after) if line["leaf"]["id"] in hers]
    assert {line["leaf"]["id"] for line in left} == hers
    assert guessed(left, salts_of(left)) == {}
