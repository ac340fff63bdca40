"""The sentence in Slack: our blanks part values, and a value's own are shown."""

import pytest

from approvals.channels.slack.parts import sentence_of, told
from tests.approvals.asking import a_world
from tests.slack import texts

pytestmark = pytest.mark.django_db


def test_blanks_of_ours_are_blanks_and_those_of_a_value_are_marked() -> None:
    world = a_world(summary_template="Say {body} on #{pull}")

    approval = world.ask(body="LGTM ")

    whole = "Say LGTM⟦space \N{MULTIPLICATION SIGN}1⟧ on #184"
    assert sentence_of(approval) == whole
    assert "".join(texts(told(approval).to_dict()).splitlines()) == whole
