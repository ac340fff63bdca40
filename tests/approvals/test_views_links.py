"""The link of a mail leads to the page, and is worth nothing by itself."""

import pytest
from django.test import Client
from django.utils import timezone

from approvals.models import Approval, Delivery, ReviewLink, Vote
from approvals.services.links import make_link
from audit.models import Record
from governance.models import User
from tests.approvals.asking import World, a_world
from tests.factories import TenantFactory, person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return a_world()


@pytest.fixture
def link(world: World) -> str:
    """Return the address in Ana's mail, less our own name."""
    world.ask()
    delivery = Delivery.objects.get(recipient__username="ana", event="requested")
    url = make_link(delivery, now=timezone.now())
    return url[url.index("/approvals/") :]


def as_(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=name))
    client.get("/")
    return client


def tried(client: Client, page: str) -> int:
    """Try to approve; return what that was answered."""
    fingerprint = f"sha256:{bytes(Approval.objects.get().fingerprint).hex()}"
    form = {"verdict": "approve", "fingerprint": fingerprint}
    return int(client.post(f"{page}vote", form).status_code)


def vote(client: Client, page: str) -> None:
    assert tried(client, page) == 303


def test_the_link_leads_to_the_clean_address(link: str) -> None:
    page = link.partition("?")[0]

    answer = as_("ana").get(link)

    assert (answer.status_code, answer.headers["Location"]) == (303, page)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    cookie = answer.cookies["review-link"]
    assert cookie["path"] == page
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "Lax"


@pytest.mark.parametrize("method", ["get", "head"])
def test_following_it_writes_nothing_however_often(link: str, method: str) -> None:
    ana, anonymous = as_("ana"), Client()
    before = Record.objects.count()

    for _ in range(3):
        getattr(ana, method)(link, follow=True)
        getattr(anonymous, method)(link, follow=True)

    assert Record.objects.count() == before
    assert not Vote.objects.exists()
    assert ReviewLink.objects.get().used_at is None


def test_a_wrong_token_gets_the_same_answer(link: str) -> None:
    page = link.partition("?")[0]
    ana = as_("ana")

    good, bad = ana.get(link), ana.get(f"{page}?k=wrong")

    assert good.status_code == bad.status_code
    assert good.headers["Location"] == bad.headers["Location"]
    assert good.cookies.keys() == bad.cookies.keys()


def test_signed_out_the_link_leads_through_the_sign_in_page(link: str) -> None:
    answer = Client().get(link)

    assert answer.headers["Location"].startswith("/account/login/?next=%2Fapprovals%2F")
    assert not answer.cookies


def test_the_addressees_vote_names_the_mail_and_uses_it_up(link: str) -> None:
    ana = as_("ana")
    ana.get(link)

    vote(ana, link.partition("?")[0])

    assert Vote.objects.get().delivery == ReviewLink.objects.get().delivery
    assert ReviewLink.objects.get().used_at is not None


def test_a_forwarded_link_votes_as_whoever_follows_it(link: str) -> None:
    ben = as_("ben")
    ben.get(link)

    vote(ben, link.partition("?")[0])

    assert Vote.objects.get().person.username == "ben"
    assert ReviewLink.objects.get().used_at is None


@pytest.mark.parametrize(("name", "status"), [("olu", 200), ("sam", 200), ("zoe", 404)])
def test_a_mail_forwarded_to_somebody_without_a_seat_gives_her_none(
    link: str, name: str, status: int
) -> None:
    person("olu", "auditor")
    person("zoe", "approver", tenant=TenantFactory.create(slug="team-zeta"))
    browser = as_(name)
    page = browser.get(link, follow=True)

    answer = tried(browser, link.partition("?")[0])

    assert page.status_code == status
    assert 'value="approve"' not in page.text
    assert answer in (403, 404)
    assert Approval.objects.get().state == "pending"
    assert not Vote.objects.exists()
    assert ReviewLink.objects.get().used_at is None


def test_a_forged_cookie_names_no_mail(link: str) -> None:
    ana, page = as_("ana"), link.partition("?")[0]
    ana.cookies["review-link"] = "1:forged"

    vote(ana, page)

    assert Vote.objects.get().delivery is None


@pytest.mark.parametrize("hostile", ["a;b", "a%0d%0aSet-Cookie:x", "a b", "..%2f"])
def test_an_id_that_is_none_reaches_no_header(world: World, hostile: str) -> None:
    world.ask()

    assert as_("ana").get(f"/approvals/{hostile}/?k=x").status_code == 404
