"""The open inbox: it follows what happens, and takes nothing from under a reader."""

import re

from django.contrib.sessions.models import Session
from playwright.sync_api import Response, expect

from tests.approvals.asking import a_world, cast
from tests.browser.conftest import Reader


def look_now(reader: Reader) -> None:
    """Have the page look at once, as its own clock does every five seconds."""
    reader.page.evaluate("htmx.trigger(document.getElementById('live'), 'look')")


def answers(reader: Reader) -> list[int]:
    seen: list[int] = []

    def keep(answer: Response) -> None:
        if "/approvals/live" in answer.url:
            seen.append(answer.status)

    reader.page.on("response", keep)
    return seen


def test_a_new_request_appears_with_its_count_and_in_the_title(reader: Reader) -> None:
    world = a_world()
    world.ask(pull=1)
    reader.sign_in("ana")
    reader.open("/approvals/")
    expect(reader.page).to_have_title(re.compile(r"^\(1\) "))

    world.ask(session=world.another_session(), pull=2)

    expect(reader.page.locator("[data-request]")).to_have_count(2)
    expect(reader.page.locator("[data-count=waiting]")).to_have_text("2")
    expect(reader.page).to_have_title(re.compile(r"^\(2\) "))
    assert reader.complaints == []


def test_an_unchanged_list_is_answered_by_304_and_stays(reader: Reader) -> None:
    a_world().ask()
    reader.sign_in("ana")
    reader.open("/approvals/")
    seen = answers(reader)

    with reader.page.expect_response(lambda answer: "/live" in answer.url):
        look_now(reader)

    expect(reader.page.locator("[data-request]")).to_have_count(1)
    assert set(seen) == {304}  # its own clock may have looked, too


def test_whoever_is_in_the_list_keeps_it_until_she_asks(reader: Reader) -> None:
    world = a_world()
    first = world.ask(pull=1)
    reader.sign_in("ana")
    reader.open("/approvals/")
    reader.page.locator("#live h2 a").first.focus()
    cast(first, "ben", "deny")
    world.ask(session=world.another_session(), pull=2)

    show = reader.page.get_by_role("button", name="Show")
    expect(show).to_be_visible()
    expect(reader.page.locator("[data-request]")).to_have_attribute(
        "data-request", first.pk
    )
    expect(reader.page.get_by_text("New requests: 1.")).to_be_visible()
    show.click()

    expect(reader.page.get_by_role("link", name="Comment on #2")).to_be_visible()
    expect(reader.page.get_by_role("link", name="Comment on #1")).to_have_count(0)


def test_whoever_was_signed_out_is_told_and_asked_no_more(reader: Reader) -> None:
    a_world().ask()
    reader.sign_in("ana")
    reader.open("/approvals/")
    Session.objects.all().delete()

    look_now(reader)

    expect(reader.page.get_by_text("You are signed out.")).to_be_visible()
    expect(reader.page.locator("[data-request]")).to_have_count(1)
    again = reader.page.get_by_role("link", name="Sign in")
    expect(again).to_have_attribute("href", "/account/login/?next=%2Fapprovals%2F")


def test_keys_move_through_the_list_only_once_they_are_turned_on(
    reader: Reader,
) -> None:
    world = a_world()
    world.ask(pull=1)
    last = world.ask(pull=2)
    reader.sign_in("ana")
    reader.open("/approvals/")
    links = reader.page.locator("#live h2 a")

    reader.page.keyboard.press("j")
    expect(links.first).not_to_be_focused()
    reader.page.get_by_label("Keys in this list").check()
    reader.page.keyboard.press("j")
    expect(links.first).to_be_focused()
    reader.page.keyboard.press("j")
    expect(links.nth(1)).to_be_focused()
    reader.page.keyboard.press("o")

    reader.page.wait_for_url(f"**/approvals/{last.pk}/")
    assert reader.complaints == []


def test_without_scripts_the_list_is_whole(plain_reader: Reader) -> None:
    a_world().ask()
    plain_reader.sign_in("ana")

    plain_reader.open("/approvals/")

    expect(plain_reader.page.locator("[data-request]")).to_have_count(1)
    expect(plain_reader.page.get_by_role("link", name="Reload")).to_be_visible()
    expect(plain_reader.page.get_by_label("Keys in this list")).to_be_hidden()
