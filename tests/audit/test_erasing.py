"""Which values of a record hold a person."""

import pytest

from audit.columns import PERSONAL
from audit.erasing import Named, columns_that_hold, named

ANA = named("ana", "ana@acme.example", "Ana Ito")


def values(**some: str) -> dict[str, str | None]:
    return {**dict.fromkeys(PERSONAL), **some}


@pytest.mark.parametrize(
    "text",
    [
        "ana",
        "asked by Ana.",
        "for ana@acme.example, please",
        "(ANA)",
        '[{"person":"ana","seat":"member"}]',
        "cc Ana Ito",
    ],
)
def test_a_text_that_names_her_is_found(text: str) -> None:
    assert ANA.is_in(text)


@pytest.mark.parametrize(
    "text", ["banana", "ana-lytics", "bo.ana", "anaconda", "", "ANALYSIS", None]
)
def test_a_text_that_only_holds_the_letters_is_not(text: str | None) -> None:
    assert not ANA.is_in(text)


def test_where_she_acted_her_address_goes_with_her_name() -> None:
    held = values(person="ana", client_address="198.51.100.7", summary="a vote")

    assert columns_that_hold(ANA, held) == ["person", "client_address"]


def test_where_another_acted_his_address_stays() -> None:
    held = values(
        person="ben", client_address="198.51.100.7", stated_reason="as ana said"
    )

    assert columns_that_hold(ANA, held) == ["stated_reason"]


def test_digests_of_a_text_that_names_her_go_with_it() -> None:
    held = values(summary="Mail ana", args_digest="sha256:1", fingerprint="sha256:2")

    assert columns_that_hold(ANA, held) == ["summary", "args_digest", "fingerprint"]


def test_digests_of_arguments_that_name_her_go_without_a_text() -> None:
    held = values(summary="Mail somebody", args_digest="sha256:1")

    assert columns_that_hold(ANA, held, digests=True) == ["args_digest"]
    assert columns_that_hold(ANA, held) == []


def test_empty_and_equal_names_name_nobody_twice() -> None:
    assert named("ana", "", " ana ", "Ana Ito") == Named(("ana", "Ana Ito"))
