"""A route that is nearly always approved: a draft for an admin, never in force."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from approvals.figures import ALWAYS_OF
from approvals.models import Approval
from audit.models import Record
from governance.above import habit_of
from governance.models import Route, RouteVersion
from governance.refusals import Refused
from governance.services import (
    dismiss_draft,
    new_draft,
    propose_narrower,
    propose_unasked,
    publish_route,
)
from tests.approvals.asking import World, a_world, cast
from tests.approvals.pages import as_, text
from tests.factories import TenantFactory, person

pytestmark = pytest.mark.django_db


def habitual(*, denied: int = 0, **content: Any) -> World:
    """Return a world in which twenty requests for one repository were decided."""
    world = a_world(**content)
    cast(world.ask(), "ana")
    row = Approval.objects.values().get()
    states = ["denied"] * denied + ["approved"] * (ALWAYS_OF - 1 - denied)
    Approval.objects.bulk_create(
        Approval(
            **{
                **row,
                "id": f"apr_{n:026}",
                "fingerprint": n.to_bytes(32, "big"),
                "state": state,
                "ended_at": row["decided_at"] if state == "denied" else None,
            }
        )
        for n, state in enumerate(states)
    )
    return world


def sam() -> Client:
    person("sam", "admin")
    return as_("sam")


def do(route: Route, what: str) -> str:
    return reverse("admin:governance_route_do", args=[route.pk, what])


def test_a_habit_names_what_every_approved_request_had() -> None:
    habit = habit_of(habitual().route, now=timezone.now())

    assert habit is not None
    assert habit.sentence.startswith("20 of 20 requests")
    assert set(habit.values) == {
        "“pull” was “184” in every approved request.",
        "“repo” was “payments-api” in every approved request.",
    }
    assert "LGTM" not in str(habit)  # it is in no record, so it is not told here


@pytest.mark.parametrize("denied", [1, 5])
def test_where_people_do_say_no_there_is_none(denied: int) -> None:
    assert habit_of(habitual(denied=denied).route, now=timezone.now()) is None


def test_a_privileged_route_is_never_offered_without_approval() -> None:
    world = habitual()
    RouteVersion.objects.update(risk="privileged")
    world.route.refresh_from_db()

    habit = habit_of(Route.objects.get(), now=timezone.now())

    assert habit is not None
    assert not habit.may_go_unasked
    with pytest.raises(Refused):
        propose_unasked(Route.objects.get(), by=person("sam"), now=timezone.now())


def test_the_figures_lead_an_admin_to_a_draft_that_is_not_in_force() -> None:
    world = habitual()
    browser = sam()
    figures = browser.get("/approvals/figures/").text
    (page,) = re.findall(r'href="(/admin/governance/route/\d+/change/)"', figures)
    assert "Draft a narrower schema" in browser.get(page).text
    asked = text(browser.get(do(world.route, "narrow")).text)
    assert "20 of 20 requests" in asked

    answer = browser.post(do(world.route, "narrow"))

    draft = RouteVersion.objects.get(state="draft")
    assert answer["Location"] == reverse(
        "admin:governance_routeversion_change", args=[draft.pk]
    )
    assert draft.arguments_schema["properties"]["repo"]["enum"] == ["payments-api"]
    world.route.refresh_from_db()
    assert world.route.published is not None
    assert "enum" not in str(world.route.published.arguments_schema)
    record = Record.objects.get(event="route.proposed")
    assert (record.personal.person, record.route_version) == ("sam", draft.number)


@pytest.mark.parametrize(("what", "reads"), [("narrow", 1), ("unask", 0)])
def test_requests_are_read_for_what_they_had_in_common_alone(
    what: str, reads: int
) -> None:
    world, browser = habitual(), sam()

    with CaptureQueriesContext(connection) as on_route:
        browser.get(reverse("admin:governance_route_change", args=[world.route.pk]))
    with CaptureQueriesContext(connection) as on_question:
        browser.get(do(world.route, what))
    with CaptureQueriesContext(connection) as on_draft:
        browser.post(do(world.route, what))

    assert RouteVersion.objects.filter(state="draft").exists()
    assert payloads_read(on_route) == 1
    assert payloads_read(on_question) == payloads_read(on_draft) == reads


def payloads_read(queries: CaptureQueriesContext) -> int:
    """Count the statements that read what was asked for."""
    return sum('"request"' in query["sql"] for query in queries)


def test_the_drafts_page_says_why_and_what_it_changes() -> None:
    world = habitual()
    browser = sam()
    shown = text(browser.post(do(world.route, "unask"), follow=True).text)

    assert "20 of 20 requests" in shown
    assert "not_required, weaker" in shown
    assert "Publish" in shown
    assert "Dismiss this draft" in shown


def test_a_draft_without_approval_says_why_and_is_published_by_an_admin() -> None:
    world = habitual()
    by = person("sam", "admin")
    draft = propose_unasked(world.route, by=by, now=timezone.now())
    assert draft.justification.startswith("20 of 20 requests")

    publish_route(draft, by=by, now=timezone.now())

    world.route.refresh_from_db()
    assert world.route.published == draft
    assert habit_of(world.route, now=timezone.now()) is None


def test_a_draft_is_made_of_what_is_published_by_now() -> None:
    world = habitual()
    by = person("sam", "admin")
    seen = Route.objects.select_related("tenant", "published").get()
    draft = propose_unasked(world.route, by=by, now=timezone.now())
    publish_route(draft, by=by, now=timezone.now())

    with pytest.raises(Refused, match="no such change of this route any more"):
        propose_unasked(seen, by=by, now=timezone.now())


def test_a_dismissed_draft_is_kept_and_never_published() -> None:
    world = habitual()
    by = person("sam", "admin")
    draft = propose_narrower(world.route, by=by, now=timezone.now())

    assert dismiss_draft(draft, by=by, now=timezone.now())
    assert not dismiss_draft(draft, by=by, now=timezone.now())

    draft.refresh_from_db()
    assert draft.state == "dismissed"
    with pytest.raises(Refused):
        publish_route(draft, by=by, now=timezone.now())
    assert Record.objects.filter(event="route.draft_dismissed").count() == 1
    published = RouteVersion.objects.get(state="published")
    assert new_draft(published, by=by, now=timezone.now()).number == draft.number + 1


def test_a_dismissed_draft_is_only_read_in_the_admin() -> None:
    world = habitual()
    browser = sam()
    browser.post(do(world.route, "narrow"))
    draft = RouteVersion.objects.get(state="draft")
    page = reverse("admin:governance_routeversion_change", args=[draft.pk])

    browser.post(
        reverse("admin:governance_routeversion_do", args=[draft.pk, "dismiss"])
    )
    shown = browser.get(page).text

    assert "dismissed" in shown
    assert "/do/publish/" not in shown
    assert 'name="_save"' not in shown


def test_an_open_draft_is_not_written_over() -> None:
    world = habitual()
    by = person("sam", "admin")
    mine = new_draft(RouteVersion.objects.get(), by=by, now=timezone.now())

    with pytest.raises(Refused, match="open draft"):
        propose_narrower(world.route, by=by, now=timezone.now())

    assert RouteVersion.objects.get(state="draft") == mine


@pytest.mark.parametrize("what", ["narrow", "unask"])
@pytest.mark.parametrize("who", ["olu", "ana", "zoe"])
def test_whoever_may_not_configure_sees_no_draft_and_makes_none(
    who: str, what: str
) -> None:
    world = habitual()
    if who == "zoe":
        person("zoe", "admin", tenant=TenantFactory.create(slug="team-zeta"))
    else:
        person(who, *(["auditor"] if who == "olu" else []))
    browser = as_(who)

    figures = browser.get("/approvals/figures/").text
    answers = [
        browser.get(do(world.route, what)),
        browser.post(do(world.route, what)),
    ]

    assert "/admin/governance/route/" not in figures
    assert {answer.status_code for answer in answers} <= {302, 403, 404}
    assert not RouteVersion.objects.filter(state="draft").exists()


def test_a_press_that_the_figures_no_longer_bear_out_drafts_nothing() -> None:
    world = habitual(denied=5)

    page = text(sam().post(do(world.route, "unask"), follow=True).text)

    assert "The figures suggest no such change of this route any more." in page
    assert not RouteVersion.objects.filter(state="draft").exists()
