"""A hold is a search with a reason; both ends of it are recorded."""

import pytest
from django.core.management import CommandError, call_command

from audit.errors import HoldRefused
from audit.models import Hold, Record
from audit.services import place_hold, release_hold
from audit.services.holds import held_of
from tests.audit.evidence import NOW, write
from tests.factories import TenantFactory

pytestmark = pytest.mark.django_db


def place(**filters: str) -> Hold:
    return place_hold("team-acme", filters=filters, why="case 7", by="sam", now=NOW)


def test_it_holds_what_the_search_finds_and_what_it_will_find() -> None:
    before = write("call.allowed")
    place(agent="ci-agent")
    after = write("call.allowed")
    other = write("session.opened", {"tenant": "team-acme", "agent": "other"})

    assert held_of([before, after, other]) == {before, after}


def test_it_holds_nothing_of_another_tenant() -> None:
    place()
    foreign = write("session.opened", {"tenant": "team-zeta", "agent": "ci-agent"})

    assert held_of([foreign]) == set()


def test_placing_and_releasing_are_recorded_without_a_persons_name() -> None:
    hold = place(person="ana")

    assert release_hold(hold, by="sam", now=NOW)
    assert not release_hold(hold, by="sam", now=NOW)

    placed, released = Record.objects.filter(event__startswith="hold").order_by("id")
    assert placed.event == "hold.placed"
    assert placed.detail == {"hold": hold.pk, "filters": {"person": "one person"}}
    assert (released.event, released.detail) == ("hold.released", {"hold": hold.pk})


@pytest.mark.parametrize(
    ("filters", "why", "said"),
    [
        ({"colour": "red"}, "case 7", "There is no filter “colour”"),
        ({"from": "yesterday"}, "case 7", "Write a day as"),
        ({"tenant": "team-zeta"}, "case 7", "Select a valid choice"),
        ({}, " ", "Say why"),
    ],
)
def test_what_is_no_search_is_refused(
    filters: dict[str, str], why: str, said: str
) -> None:
    with pytest.raises(HoldRefused, match=said):
        place_hold("team-acme", filters=filters, why=why, by="sam", now=NOW)

    assert not Hold.objects.exists()


def test_the_command_places_lists_and_releases(
    capsys: pytest.CaptureFixture[str],
) -> None:
    TenantFactory.create(slug="team-acme")

    call_command("hold", "place", "team-acme", "agent=ci-agent", why="case 7")
    (hold,) = Hold.objects.open()
    call_command("hold", "list")
    call_command("hold", "release", str(hold.pk))

    said = capsys.readouterr().out.splitlines()
    assert said == [
        f"Hold {hold.pk} is placed.",
        f"{hold.pk}  team-acme  agent=ci-agent  case 7",
        f"Hold {hold.pk} is released.",
    ]
    assert not Hold.objects.open().exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["place", "team-nobody", "--why", "x"], "no tenant “team-nobody”"),
        (["place", "team-acme", "agent", "--why", "x"], "write name=value"),
        (["place", "team-acme", "colour=red", "--why", "x"], "no filter “colour”"),
        (["release", "7"], "no open hold 7"),
    ],
)
def test_the_command_says_what_to_mend(words: list[str], said: str) -> None:
    TenantFactory.create(slug="team-acme")

    with pytest.raises(CommandError, match=said):
        call_command("hold", *words)
