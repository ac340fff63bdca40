"""People's pages carry a strict policy, whatever the answer is."""

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from governance.headers import (
    TRUSTED_TYPES,
    SecurityHeaders,
    csp_override,
    policy_text,
)

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/account/login/", "/", "/no/such/page/"])
def test_every_page_has_the_headers(client: Client, path: str) -> None:
    headers = client.get(path).headers

    assert headers["Content-Security-Policy"] == POLICY
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Robots-Tag"] == "noindex"
    assert headers["Referrer-Policy"] == "same-origin"


def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def test_what_answers_no_browser_allows_nothing(rf: RequestFactory) -> None:
    chain = SecurityHeaders(empty)

    response = chain(rf.get("/v1/tools"))

    policy = response.headers["Content-Security-Policy"]
    assert policy == "default-src 'none'; frame-ancestors 'none'"


def test_a_view_may_have_a_stricter_policy(rf: RequestFactory) -> None:
    @csp_override({**settings.SECURE_CSP, **TRUSTED_TYPES})
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    response = SecurityHeaders(view)(rf.get("/"))

    assert response.headers["Content-Security-Policy"] == (
        f"{POLICY}; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def test_a_directive_without_sources_is_its_name() -> None:
    assert policy_text({"upgrade-insecure-requests": []}) == "upgrade-insecure-requests"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("site", "status"),
    [("same-origin", 302), ("cross-site", 403), ("same-site", 403), ("none", 403)],
)
def test_a_change_comes_from_our_own_pages(
    client: Client, site: str, status: int
) -> None:
    headers = {"Sec-Fetch-Site": site}

    answer = client.post("/account/logout/", headers=headers)

    assert answer.status_code == status


@pytest.mark.django_db
def test_looking_may_come_from_anywhere(client: Client) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}

    assert client.get("/account/login/", headers=headers).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("origin", "status"),
    [(settings.PUBLIC_URL, 200), ("https://elsewhere.example", 403)],
)
def test_a_form_passes_from_the_public_address_wherever_tls_ends(
    origin: str, status: int
) -> None:
    """Behind a proxy that ends TLS, a browser names another scheme than we see."""
    browser = Client(enforce_csrf_checks=True)
    page = browser.get("/account/login/").text
    token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    form = {"login": "sam", "password": "wrong", "csrfmiddlewaretoken": token}

    answer = browser.post("/account/login/", form, headers={"Origin": origin})

    assert answer.status_code == status
