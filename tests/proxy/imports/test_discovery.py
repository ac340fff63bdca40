"""Listing an upstream's tools is a governed call; what it finds becomes drafts."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Record
from governance.imports import BUILT_IN_AGENT
from governance.models import Agent, ImportedDraft, Route
from governance.policy import refresh
from governance.policy.loading import keyless_principal
from governance.refusals import Refused
from governance.services import issue_key, suspend
from proxy.imports.catalogue import import_tools
from proxy.models import Call
from tests.factories import CredentialLaneFactory
from tests.governance.admin_pages import page
from tests.proxy.imports.upstreams import (
    SCHEMA,
    a_lane,
    create_issue,
    discovered,
    listings,
    tickets,
)
from tests.stage import Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def test_listing_is_a_call_like_any_other(stage: Stage) -> None:
    with tickets() as (upstream, backend):
        draft = discovered(stage, backend)

    call = Call.objects.get()
    assert (call.tool, call.state) == ("sealwright.catalogue.tickets", "completed")
    assert call.agent.name == BUILT_IN_AGENT
    assert call.approval_id is None
    assert not call.agent.keys.exists()
    events = Record.objects.filter(call_id=call.pk).values_list("event", flat=True)
    assert {*events} == {"call.allowed", "call.completed"}
    assert listings(upstream) == 1
    assert draft.tool == "tickets.create_issue"
    assert draft.state == "to be completed"
    assert not Route.objects.filter(tool=draft.tool).exists()


def test_importing_again_changes_nothing(stage: Stage) -> None:
    with tickets() as (_upstream, backend):
        discovered(stage, backend)
        versions = Route.objects.get(tool__startswith="sealwright.").versions.count()

        again = import_tools(backend, lane=a_lane(), by=stage.sam, now=timezone.now())

    assert (again.lines, again.unchanged) == ([], 1)
    route = Route.objects.get(tool__startswith="sealwright.")
    assert route.versions.count() == versions


def test_a_lane_that_can_write_lists_nothing(stage: Stage) -> None:
    strong = CredentialLaneFactory.create(name="strong", privilege="write")

    with tickets() as (upstream, backend), pytest.raises(Refused, match="narrower"):
        import_tools(backend, lane=strong, by=stage.sam, now=timezone.now())

    assert upstream.received == []


def test_the_agent_of_ours_gets_no_key(stage: Stage) -> None:
    with tickets() as (_upstream, backend):
        discovered(stage, backend)
    agent = Agent.objects.get(name=BUILT_IN_AGENT)

    with pytest.raises(Refused, match="needs no key"):
        issue_key(agent, by=stage.sam, now=timezone.now())


def test_the_command_and_the_button_do_the_same(stage: Stage) -> None:
    out = StringIO()
    sam = Client()
    sam.force_login(stage.sam)
    with tickets() as (_upstream, backend):
        lane = a_lane()
        call_command("import_tools", "tickets", lane=lane.name, by="sam", stdout=out)
        shown = sam.get(page(backend)).content.decode()
        discover = reverse("admin:governance_importeddraft_tools", args=[backend.pk])
        pressed = sam.post(discover, {"lane": lane.pk}, follow=True)

    assert "create_issue: new draft tickets.create_issue" in out.getvalue()
    assert "Discover tools" in shown
    assert "0 differences, 1 as they were" in str([*pressed.context["messages"]][-1])


def test_a_name_that_hides_something_is_written_out(stage: Stage) -> None:
    out = StringIO()
    sam = Client()
    sam.force_login(stage.sam)
    hidden = "\x1b]0;x\x07\u202eelif_daer"
    tool = create_issue(name=hidden, schema={**SCHEMA, "title": hidden})
    with tickets(tool):
        call_command("import_tools", "tickets", lane=a_lane().name, stdout=out)
    draft = ImportedDraft.objects.get()
    lists = reverse("admin:governance_importeddraft_changelist")
    pages = [lists, reverse("admin:governance_importeddraft_change", args=[draft.pk])]

    shown = [out.getvalue(), *(sam.get(each).content.decode() for each in pages)]

    for text in shown:
        assert "⟦U+202E⟧" in text
        assert not {"\x1b", "\x07", "\u202e"} & set(text)


def test_what_keeps_tools_from_being_listed_is_said(stage: Stage) -> None:
    with tickets() as (upstream, backend):
        a_lane()
        upstream.listing = {"tools": "none"}
        with pytest.raises(CommandError, match="list of tools can't be used"):
            call_command("import_tools", "tickets", lane="tickets-read")
        with pytest.raises(CommandError, match="no lane"):
            call_command("import_tools", "tickets", lane="other")
        with pytest.raises(CommandError, match="no MCP server"):
            call_command("import_tools", "github-api", lane="tickets-read")
        suspend(backend, by=None, now=timezone.now())
        with pytest.raises(CommandError, match="not listed"):
            call_command("import_tools", "tickets", lane="tickets-read")
    assert not ImportedDraft.objects.exists()


def test_the_dump_leaves_out_what_is_built_in(stage: Stage) -> None:
    out = StringIO()
    with tickets() as (_upstream, backend):
        discovered(stage, backend)

    call_command("dump_routes", stdout=out)

    assert "sealwright" not in out.getvalue().partition("version:")[2]


def test_the_agent_of_ours_notices_a_new_policy(stage: Stage) -> None:
    with tickets() as (_upstream, backend):
        discovered(stage, backend)
    agent = Agent.objects.get(name=BUILT_IN_AGENT)
    before = keyless_principal(agent.pk)

    same = refresh(before)
    suspend(agent, by=stage.sam, now=timezone.now())
    after = refresh(before)

    assert same is before
    assert after is not None
    assert after.agent_suspended
