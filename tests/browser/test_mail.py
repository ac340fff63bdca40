"""Every mail as a mail program shows it, and as a scanner takes it apart.

With ``SCREENSHOTS=folder`` pictures of the mails are kept for people to look at.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final
from urllib.parse import urldefrag, urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from approvals.channels.wording import SAYINGS
from approvals.models import Approval, Delivery, ReviewLink, Vote
from approvals.services.bundles import MOST
from approvals.services.deliveries import sweep
from approvals.services.notices import SIGN_IN_CHANGES
from governance.models import User
from tests.approvals.asking import World, a_world
from tests.attacks.rows_of_all import changes_since, everything
from tests.browser.conftest import PATIENCE_MS, Reader
from tests.browser.test_axe import violations
from tests.factories import person
from tests.smtp import Mailbox, mail_server, parts

FOLDER = os.environ.get("SCREENSHOTS", "")
URL: Final = re.compile(r"https?://[^\s\"'<>]+")
MOST_PAGES: Final = 60
CLICKABLE: Final = "a[href], button, input[type=submit], summary, [onclick]"
# What trying to sign in leaves behind, and a visit: nothing of it decides anything.
VISITS: Final = {"Record", "Personal", "Unsealed"}

# What is told of no request.
ALONE: Final = ("slack", "dead", *SIGN_IN_CHANGES)


@pytest.fixture
def mailbox(settings: Settings, live_server: LiveServer) -> Iterator[Mailbox]:
    settings.PUBLIC_URL = live_server.url
    with mail_server(settings) as box:
        yield box


def every_mail(mailbox: Mailbox) -> World:
    """Send Ana one of each kind of mail about a request that waits for her."""
    world = a_world("ana", "ben", in_messages=["body"])
    person("sam", "admin")
    approval = world.ask(body="LGTM, with <b>markup</b> and https://evil.example/x")
    ana = User.objects.get(username="ana")
    Delivery.objects.exclude(recipient=ana, event="requested").delete()
    for event in SAYINGS:
        about = {"person": "ana", "tool": "github.comment_pr", "agent": "ci-agent"}
        Delivery.objects.get_or_create(
            approval=None if event.startswith(ALONE) else approval,
            event=event,
            recipient=ana,
            defaults={
                "tenant": approval.tenant,
                "address": ana.email,
                "about": about,
                "call_id": "cal_1" if "outcome" in event else "",
                "created_at": timezone.now(),
                "due_at": timezone.now(),
            },
        )
    for pull in range(MOST + 2):
        world.ask(pull=pull + 1, session=world.another_session())
    Delivery.objects.filter(bundled=True).update(due_at=timezone.now())
    sweep(now=timezone.now())
    return world


@dataclass
class Robot:
    """Opens, runs, clicks and submits whatever it reaches, without a session."""

    context: BrowserContext
    server: str
    seen: set[str] = field(default_factory=set)
    taken_apart: set[str] = field(default_factory=set)
    clicked: int = 0
    submitted: int = 0

    def scan(self, url: str) -> None:
        """Fetch one address as scanners do, open it, and take apart what is there."""
        address = urldefrag(url).url
        is_ours = address.startswith(self.server)
        if not is_ours or address in self.seen or len(self.seen) > MOST_PAGES:
            return
        self.seen.add(address)
        for method in ("GET", "HEAD", "GET", "GET"):
            headers = {"Sec-Purpose": "prefetch"} if method == "GET" else {}
            self.context.request.fetch(address, method=method, headers=headers)
        with self._page(address) as page:
            here = urlsplit(page.url).path
            links = [str(each) for each in page.eval_on_selector_all(*_HREFS)]
            self._submit_first(page)
        if here not in self.taken_apart:
            # A sign-in page is the same whatever comes after it.
            self.taken_apart.add(here)
            self._take_apart(address)
            for link in links:
                self.scan(link)

    def _take_apart(self, address: str) -> None:
        with self._page(address) as page:
            clicks = page.locator(CLICKABLE).count()
            forms = page.locator("form").count()
        for number in range(clicks):
            with self._page(address) as page:
                self._click(page.locator(CLICKABLE).nth(number))
        for number in range(forms):
            with self._page(address) as page:
                self._submit(page, number)

    def _submit_first(self, page: Page) -> None:
        if page.locator("form").count():
            self._submit(page, 0)

    @contextmanager
    def _page(self, address: str) -> Iterator[Page]:
        page = self.context.new_page()
        page.goto(address)
        yield page
        page.close()

    def _click(self, element: Locator) -> None:
        try:
            element.click(trial=True, timeout=1500)
        except Error:
            return  # hidden, or covered: nothing to click
        # Without haste: a page that is closed on its way to the next may never close.
        element.click()
        self.clicked += 1

    def _submit(self, page: Page, number: int) -> None:
        form = page.locator("form").nth(number)
        for kind, text in (("text", "ana"), ("password", "guess"), ("", "x")):
            wanted = f"input[type={kind}]" if kind else "textarea"
            for box in form.locator(wanted).all():
                box.evaluate("(box, text) => { box.value = text; }", text)
        with page.expect_navigation():
            form.evaluate("form => HTMLFormElement.prototype.submit.call(form)")
        self.submitted += 1


_HREFS: Final = ("a[href]", "all => all.map(a => a.href)")


def urls(message: EmailMessage) -> set[str]:
    return {url for part in parts(message) for url in URL.findall(part)}


def test_a_robot_takes_every_mail_apart_and_decides_nothing(
    browser: Browser, live_server: LiveServer, mailbox: Mailbox
) -> None:
    every_mail(mailbox)
    asked = Approval.objects.count()
    links = [urls(each) for each in mailbox.letters]
    assert all(len(each) == 1 for each in links)
    assert len(links) >= len(SAYINGS) + 1
    before = everything()

    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    robot = Robot(context, live_server.url)
    for link in sorted(set.union(*links)):
        robot.scan(link)
    context.close()

    assert set(changes_since(before)) <= VISITS
    assert Approval.objects.filter(state="pending").count() == asked
    assert not Vote.objects.exists()
    assert not ReviewLink.objects.exclude(used_at=None).exists()
    assert robot.clicked > 0  # it came that far
    assert robot.submitted > 0


def test_the_links_still_work_for_their_reader_afterwards(
    browser: Browser, mailbox: Mailbox, reader: Reader
) -> None:
    every_mail(mailbox)
    first = next(each for each in mailbox.letters if "requested" in _event(each))
    (link,) = urls(first)
    context = browser.new_context()
    Robot(context, reader.server).scan(link)
    context.close()

    reader.sign_in("ana")
    reader.page.goto(link)
    reader.page.get_by_role("button", name="Approve").wait_for()
    reader.page.wait_for_selector("#decision[data-ready]")
    reader.page.get_by_role("button", name="Approve").click()
    reader.page.wait_for_url("**#result")

    cast = Vote.objects.get()
    assert cast.delivery is not None
    assert cast.delivery.event == "requested"
    assert ReviewLink.objects.filter(delivery=cast.delivery, used_at=None).count() == 0


def _event(message: EmailMessage) -> str:
    return str(message["Feedback-ID"]).partition(":")[0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_every_mail_reads_well(
    browser: Browser, mailbox: Mailbox, width: int, scheme: Any
) -> None:
    every_mail(mailbox)
    context = browser.new_context(
        viewport={"width": width, "height": 700},
        color_scheme=scheme,
        java_script_enabled=True,
    )
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    wide, found = [], list[str]()

    for letter in mailbox.letters:
        page.set_content(parts(letter)[1])
        wider = "document.documentElement.scrollWidth > innerWidth"
        wide += [_event(letter)] if page.evaluate(wider) else []
        found += violations(Reader(page, ""))
        if FOLDER:
            kind = "bundle" if "requests wait" in letter["Subject"] else _event(letter)
            name = f"mail-{kind}-{width}-{scheme}.png"
            page.screenshot(path=Path(FOLDER) / name, full_page=True)
    context.close()

    assert wide == []
    assert found == []
    assert asked == []  # no image, no tracking: opening a mail tells nobody
