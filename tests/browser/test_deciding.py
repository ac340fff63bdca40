"""A person decides in a real browser: with scripts, without, by keyboard alone."""

import re

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from approvals.models import Approval, Vote
from tests.approvals.asking import a_world, cast
from tests.browser.conftest import Reader


def review(reader: Reader, approval: Approval) -> None:
    reader.open(f"/approvals/{approval.pk}/")


def settle(reader: Reader) -> None:
    """Wait until a click counts: the first half second is a double click's."""
    reader.page.wait_for_selector("#decision[data-ready]")


def test_a_person_signs_in_reads_and_approves(reader: Reader) -> None:
    approval = a_world().ask()
    reader.sign_in("ana")
    reader.page.get_by_role("link", name="Comment on #184").click()
    settle(reader)

    reader.page.get_by_role("button", name=re.compile("^Approve")).click()

    result = reader.page.get_by_role("status").filter(has_text="Approved by ana")
    expect(result).to_be_visible()
    expect(result).to_be_focused()
    assert Approval.objects.get(pk=approval.pk).state == "approved"
    assert reader.complaints == []


def test_without_scripts_a_person_denies_and_says_why(plain_reader: Reader) -> None:
    approval = a_world().ask()
    plain_reader.sign_in("ana")
    review(plain_reader, approval)
    plain_reader.page.get_by_label(re.compile("^Reason")).fill("not before Monday")

    plain_reader.page.get_by_role("button", name=re.compile("^Deny")).click()

    expect(plain_reader.page.get_by_text("Denied by ana")).to_be_visible()
    assert Vote.objects.get().reason == "not before Monday"


def test_the_keyboard_alone_is_enough_and_goes_in_reading_order(
    reader: Reader,
) -> None:
    approval = a_world().ask()
    reader.sign_in("ana")
    review(reader, approval)
    settle(reader)
    focused = "(document.activeElement.innerText || document.activeElement.name).trim()"

    order: list[str] = []
    while not order or not order[-1].startswith("Approve"):
        reader.page.keyboard.press("Tab")
        order.append(reader.page.evaluate(focused))
        assert len(order) < 30, order
    reader.page.keyboard.press("Enter")

    expect(reader.page.get_by_text("Approved by ana")).to_be_visible()
    assert order == [
        "Skip to the content",
        "Sealwright",
        "Approvals",
        "ana",
        "Sign out",
        "reason",
        "Category and note",
        "Deny: comment on #184 of payments-api",
        "Approve: comment on #184 of payments-api",
    ]


def test_a_double_click_that_opened_the_page_decides_nothing(reader: Reader) -> None:
    approval = a_world().ask()
    reader.sign_in("ana")
    review(reader, approval)

    reader.page.evaluate(
        """() => {
            const form = document.getElementById("decision");
            const early = new SubmitEvent("submit", { cancelable: true });
            delete form.dataset.ready;
            window.prevented = !form.dispatchEvent(early);
        }"""
    )

    assert reader.page.evaluate("window.prevented") is True
    assert not Vote.objects.exists()


def test_enter_in_the_reason_sends_nothing(reader: Reader) -> None:
    approval = a_world().ask()
    reader.sign_in("ana")
    review(reader, approval)
    settle(reader)
    reader.page.get_by_label(re.compile("^Reason")).focus()

    reader.page.keyboard.press("Enter")

    expect(reader.page.locator("[name=reason]")).to_have_value("\n")
    assert not Vote.objects.exists()


def test_an_open_page_tells_that_somebody_was_faster(reader: Reader) -> None:
    approval = a_world().ask()
    reader.sign_in("ana")
    review(reader, approval)
    cast(approval, "ben", "deny")

    changed = reader.page.get_by_text("This request changed: Denied by ben")
    expect(changed).to_be_visible()

    approve = reader.page.get_by_role("button", name=re.compile("^Approve"))
    expect(approve).to_have_count(0)
    assert reader.complaints == []


def test_the_step_up_keeps_the_reason(reader: Reader) -> None:
    approval = a_world(risk="privileged").ask()
    reader.sign_in("ana")
    _age_sign_in(minutes=20)
    review(reader, approval)
    reader.page.get_by_label(re.compile("^Reason")).fill("looked at the diff")

    reader.page.get_by_role("link", name="Sign in again to approve").click()
    reader.page.get_by_label("Password").fill("correct horse battery staple")
    reader.page.get_by_role("button", name="Confirm").click()

    expect(reader.page.locator("[name=reason]")).to_have_value("looked at the diff")
    settle(reader)
    reader.page.get_by_role("button", name=re.compile("^Approve")).click()
    expect(reader.page.get_by_text("Approved by ana")).to_be_visible()


def _age_sign_in(*, minutes: int) -> None:
    for row in Session.objects.all():
        store = SessionStore(row.session_key)
        for record in store[AUTHENTICATION_METHODS_SESSION_KEY]:
            record["at"] -= minutes * 60
        store.modified = True
        store.save()


def test_at_two_hundred_per_cent_nothing_scrolls_sideways(reader: Reader) -> None:
    approval = a_world().ask(body="x" * 500)
    reader.sign_in("ana")
    reader.page.set_viewport_size({"width": 640, "height": 450})

    review(reader, approval)

    assert not reader.scrolls_sideways()
