"""A scanner opens every link of a mail, runs it, clicks and submits all it finds."""

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from approvals.models import Approval, Delivery, Preference, ReviewLink, Vote
from approvals.services.deliveries import sweep
from tests.attacks.browsing import Page, ballot, csrf, page_of, signed_in
from tests.attacks.rows_of_all import changes_since, everything
from tests.stage import READ, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

MOST_PAGES = 60
URL = re.compile(r"https?://[^\s\"'<>]+")


def links_of_mails() -> Iterator[str]:
    for letter in mail.outbox:
        for part in letter.message().walk():
            if not part.is_multipart():
                yield from URL.findall(part.get_payload(decode=True).decode())


class Scanner:
    """Follows links and submits forms, as far as it gets from here."""

    def __init__(self) -> None:
        self.browser = Client(enforce_csrf_checks=True)
        self.seen: set[str] = set()
        self.submitted: set[str] = set()

    def scan(self, url: str) -> None:
        path = _path(url)
        if path in self.seen or len(self.seen) > MOST_PAGES:
            return
        self.seen.add(path)
        self.browser.head(path)
        self.browser.get(path, headers={"Sec-Purpose": "prefetch"})
        *_, answer = (self.browser.get(path) for _ in range(3))
        if "Location" in answer.headers:
            self.scan(urljoin(path, answer.headers["Location"]))
        elif "text/html" in answer.headers.get("Content-Type", ""):
            self._click(path, answer.text)

    def _click(self, path: str, text: str) -> None:
        page = Page(text)
        for method, action, fields in page.forms():
            target = _path(urljoin(path, action or path))
            self.submitted.add(target)
            getattr(self.browser, method)(target, {**fields, **csrf(text)})
        for link in page.links():
            if not link.startswith(("/static/", "data:", "#")):
                self.scan(urljoin(path, link))


def test_a_scanner_of_all_mails_decides_nothing(stage: Stage) -> None:
    stage.call("github.merge_pr", args=READ)
    stage.call()
    approvals = list(Approval.objects.order_by("created_at"))
    sweep(now=timezone.now())
    links = list(links_of_mails())
    assert len(set(links)) == Delivery.objects.filter(event="requested").count() == 4
    before = everything()

    scanner = Scanner()
    for link in links:
        scanner.scan(link)
    for approval in approvals:
        for action in ("vote", "withdraw", "revoke", "cancel"):
            token = csrf(scanner.browser.get("/account/login/").text)
            for form in (ballot(approval), {**ballot(approval), **token}):
                answer = scanner.browser.post(page_of(approval, action), form)
                assert answer.status_code in (302, 403)

    assert "/account/login/" in scanner.submitted  # it came that far
    assert changes_since(before) == {}
    assert {approval.state for approval in Approval.objects.all()} == {"pending"}
    assert not Vote.objects.exists()
    assert not ReviewLink.objects.exclude(used_at=None).exists()
    assert stage.sent() == 0


def test_the_link_still_leads_its_reader_to_her_vote(stage: Stage) -> None:
    stage.call()
    sweep(now=timezone.now())
    for link in links_of_mails():
        Scanner().scan(link)
    approval = stage.pending()
    [delivery] = Delivery.objects.filter(recipient=stage.ana, event="requested")
    [mine] = {
        link
        for letter in mail.outbox
        if letter.to == ["ana@example.com"]
        for link in URL.findall(str(letter.body))
    }
    ana = signed_in("ana", enforces_csrf=True)

    led = ana.get(_path(mine))
    page = ana.get(led.headers["Location"])
    form = {**ballot(approval), **csrf(page.text)}
    answer = ana.post(page_of(approval, "vote"), form)

    assert (led.status_code, answer.status_code) == (303, 303)
    assert Vote.objects.get().delivery == delivery
    assert ReviewLink.objects.get(delivery=delivery).used_at is not None


def test_mails_about_endings_lead_to_no_vote_either(stage: Stage) -> None:
    stage.call("github.merge_pr", args=READ)
    approval = stage.vote(stage.ana, "deny", stage.pending())
    assert approval.state == "denied"
    sweep(now=timezone.now())
    before = everything()

    for link in links_of_mails():
        assert "k=" not in link
        Scanner().scan(link)

    assert changes_since(before) == {}


def test_whoever_holds_a_digest_turns_nothing_off(stage: Stage) -> None:
    Preference.objects.create(person=stage.ana, bundle_minutes=30)
    for pull in (1, 2, 3):
        stage.call(args={**READ, "pull": pull, "body": "LGTM"})
    sweep(now=timezone.now())
    Delivery.objects.filter(bundled=True).update(due_at=timezone.now())
    sweep(now=timezone.now())
    [way_out] = {str(letter.message()["List-Unsubscribe"]) for letter in bundles()}
    path = _path(way_out.strip("<>"))
    before = everything()

    scanner = Scanner()
    scanner.scan(path)
    one_click = {"List-Unsubscribe": "One-Click"}  # RFC 8058, section 3.1
    answers = [Client().post(path, one_click), scanner.browser.post(path, one_click)]

    assert {answer.status_code for answer in answers} <= {302, 403}
    assert changes_since(before) == {}
    assert Preference.objects.get().bundle_minutes == 30


def bundles() -> list[mail.EmailMessage]:
    return [each for each in mail.outbox if "requests wait" in each.subject]


def test_all_tokens_and_none_get_the_same_answer(stage: Stage) -> None:
    stage.call()
    sweep(now=timezone.now())
    good = next(iter(links_of_mails()))
    path = _path(good).partition("?")[0]
    token = urlsplit(good).query.removeprefix("k=")
    tokens = [token, token[:-1] + "A", "", "A" * 43, "%00", "../x", token + token]

    for browser in (Client(), signed_in("ana"), signed_in("olu")):
        answers = [browser.get(f"{path}?k={each}") for each in tokens]
        assert len({each.status_code for each in answers}) == 1
        places = {each.headers["Location"].partition("?")[0] for each in answers}
        assert len(places) == 1
        assert all(each.content == b"" for each in answers)


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
