import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.egress import Destination, UrlRefused, check_url, parse_url


def unknown(_host: str, _port: int) -> list[str]:
    raise OSError("no such name")


@pytest.mark.parametrize(
    ("url", "destination", "authority"),
    [
        (
            "https://api.example.com",
            Destination("https", "api.example.com", 443, ""),
            "api.example.com",
        ),
        (
            "HTTPS://API.Example.com:8443/v3/",
            Destination("https", "api.example.com", 8443, "/v3"),
            "api.example.com:8443",
        ),
        ("http://10.1.2.3/x", Destination("http", "10.1.2.3", 80, "/x"), "10.1.2.3"),
        (
            "https://[2606:4700:0::1]:444/%7Ea",
            Destination("https", "2606:4700::1", 444, "/%7Ea"),
            "[2606:4700::1]:444",
        ),
        (
            "http://xn--bcher-kva.example:1",
            Destination("http", "xn--bcher-kva.example", 1, ""),
            "xn--bcher-kva.example:1",
        ),
    ],
)
def test_a_plain_url_is_read(
    url: str, destination: Destination, authority: str
) -> None:
    assert parse_url(url) == destination
    assert destination.authority == authority


def test_an_origin_has_its_port_written_out() -> None:
    assert parse_url("https://[::1]/v3").origin == "https://[::1]:443"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.example.com",
        "//api.example.com",
        "https:/api.example.com",
        "https:\\\\api.example.com",
        "https://",
        "https:///v3",
        "file:///etc/passwd",
        "file://localhost/etc/passwd",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "ftp://api.example.com",
        "javascript:alert(1)",
        "https://user@api.example.com",
        "https://user:password@api.example.com",
        "https://api.example.com@evil.example",
        "https://api.example.com\\@evil.example",
        "https://api.example.com#x",
        "https://api.example.com/?a=1",
        "https://api.example.com?",
        "https://api.example.com:0",
        "https://api.example.com:65536",
        "https://api.example.com:",
        "https://api.example.com:80:80",
        "https://api.example.com:\uff180",
        "https://api.example.com.",
        "https://api..example.com",
        "https://-api.example.com",
        "https://api_1.example.com",
        "https://api%2eexample.com",
        "https://api.example.com\n",
        "https://api.example.com\t/v3",
        " https://api.example.com",
        "https://api example.com",
        "https://bücher.example",
        "https://\u212aube.example",
        "https://api。example.com",
        "https://[::1",
        "https://[::1%25eth0]",
        "https://[127.0.0.1]",
        "https://2130706433",
        "https://0x7f000001",
        "https://0177.0.0.1",
        "https://127.1",
        "https://api.0x",
        "https://127.0.0.256",
        "https://1.2.3.4.5",
        "https://metadata/computeMetadata",
        "https://metadata.google.internal",
        "https://METADATA.google.internal",
        "https://api.example.com/a/../b",
        "https://api.example.com/a/%2E%2e",
        "https://api.example.com/./a",
        "https://api.example.com/a b",
        "https://api.example.com/%zz",
        "https://api.example.com/\\evil",
        "https://" + "a" * 64 + ".example",
        "https://" + "a." * 127 + "example",
    ],
)
def test_any_other_spelling_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(UrlRefused) as refused:
        parse_url(url)

    assert str(refused.value).endswith(".")


def test_a_name_in_other_letters_is_told_its_ascii_form() -> None:
    with pytest.raises(UrlRefused, match=r"xn--bcher-kva\.example"):
        parse_url("https://bücher.example")


@given(st.text())
def test_no_text_makes_the_parser_fail_otherwise(text: str) -> None:
    try:
        destination = parse_url(f"https://{text}")
    except UrlRefused:
        return
    assert destination.authority.isascii()


@pytest.mark.parametrize("answers", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::1"]])
def test_one_bad_answer_of_the_resolver_refuses_the_url(answers: list[str]) -> None:
    with pytest.raises(UrlRefused, match=r"api\.example\.com resolves to"):
        check_url("https://api.example.com", cidrs=[], resolve=lambda *_: answers)


def test_a_name_that_does_not_resolve_here_and_now_may_be_saved() -> None:
    saved = check_url("https://api.example.com", cidrs=[], resolve=unknown)

    assert saved.host == "api.example.com"


def test_a_public_address_needs_tls_when_saved() -> None:
    with pytest.raises(UrlRefused, match="only https"):
        check_url("http://api.example.com", cidrs=[], resolve=lambda *_: ["8.8.8.8"])
