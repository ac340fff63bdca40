"""No secret leaves, in whatever form it is written, and nothing else is touched."""

import base64
import html
import json
import re
from collections.abc import Callable
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from audit.redaction import redact, redact_counted, redact_known

SECRET = 'Zoë\'s s3cret/with+odd="characters" & 100% more (~*!)'
WORD = "q7Hn2vTz9LkWc4Rb"

FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "after a user": lambda secret: f"user:{secret}",
    "JSON": json.dumps,
    "JSON in Unicode": lambda secret: json.dumps(secret, ensure_ascii=False),
    "JSON in JSON": lambda secret: json.dumps(json.dumps({"a": secret})),
    "JSON with solidus": lambda secret: json.dumps(secret).replace("/", r"\/"),
    "path": quote,
    "path segment": lambda secret: quote(secret, safe=""),
    "path in lower case": lambda secret: re.sub(
        "%..", lambda escape: escape[0].lower(), quote(secret)
    ),
    "query": quote_plus,
    "form": lambda secret: urlencode({"a": secret}),
    "a component of JavaScript's": lambda secret: quote(secret, safe="!'()*"),
    "a URL of JavaScript's": lambda secret: quote(secret, safe=";,/?:@&=+$!'()*#"),
    "a form of Java's": lambda secret: quote_plus(secret, safe="*").replace("~", "%7E"),
    "HTML": html.escape,
    "text in HTML": lambda secret: html.escape(secret, quote=False),
    "hex": lambda secret: secret.encode().hex(),
    "hex in upper case": lambda secret: secret.encode().hex().upper(),
}


@pytest.mark.parametrize("secret", [SECRET, WORD])
@pytest.mark.parametrize("form", FORMS)
def test_a_known_secret_is_found_in_every_form(form: str, secret: str) -> None:
    text = f"before {FORMS[form](secret)} after"

    left = redact_known(text.encode(), [secret]).decode()

    assert left.startswith("before ")
    assert left.endswith(" after")
    assert "[redacted:credential]" in left
    assert secret[2:10] not in left


@pytest.mark.parametrize("secret", [SECRET, WORD])
@pytest.mark.parametrize("escaped", ["+=&<>'\"", "aeZ7\u00eb", "all"])
@pytest.mark.parametrize("form", ["04x", "04X"])
def test_a_known_secret_is_found_whatever_json_escapes_of_it(
    form: str, escaped: str, secret: str
) -> None:
    written = "".join(
        f"\\u{ord(each):{form}}" if escaped == "all" or each in escaped else each
        for each in json.dumps(secret, ensure_ascii=False)[1:-1].replace('\\"', '"')
    )
    if written == secret:
        written += "\\u0041"

    left = redact_known(f'"before {written} after"'.encode(), [secret]).decode()

    assert "[redacted:credential]" in left
    assert secret not in json.loads(f'{{"it":{left}}}')["it"]


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@given(before=st.binary(max_size=7), after=st.binary(max_size=7))
def test_a_known_secret_is_found_in_base64_at_every_offset(
    encode: Callable[[bytes], bytes], before: bytes, after: bytes
) -> None:
    secret = "\u00ff\u00fb>?>?~~~" + WORD
    data = encode(before + secret.encode() + after)

    left = redact_known(data, [secret])

    assert b"[redacted:credential]" in left
    assert len(left) <= len(data) - len(encode(secret.encode())) + 29


def test_a_password_is_found_without_its_user() -> None:
    basic = base64.b64encode(f"robot:{WORD}".encode()).decode()

    left = redact_known(f"{WORD} {basic}".encode(), [f"robot:{WORD}"])

    assert left == b"[redacted:credential] [redacted:credential]=="


def test_the_agent_s_result_is_changed_for_its_own_credential_only() -> None:
    other = b'{"password": "hunter22", "token": "ghp_0123456789abcdefghijABCD"}'

    assert redact_known(other, [WORD]) == other


@given(st.binary())
def test_bytes_without_the_secret_are_unchanged(data: bytes) -> None:
    assert redact_known(data, [WORD]) == data


def test_a_secret_within_another_does_not_hide_the_longer_one() -> None:
    longer = f"{WORD}-and-{WORD[::-1]}"

    assert redact_known(longer.encode(), [WORD, longer]) == b"[redacted:credential]"


def test_a_secret_too_short_to_be_one_replaces_nothing() -> None:
    assert redact_known(b"the and a", ["", "a", "and"]) == b"the and a"


PEM = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQ\n-----END PRIVATE KEY-----"
JWT = "eyJhbGciOiJFZERTQSJ9.eyJqdGkiOiJjbG1fMSJ9.c2lnbmF0dXJl"
LEAKS = {
    f"swk_06bnu5k0s1_{WORD}": "key",
    "ghp_0123456789abcdefghijABCD": "github",
    "ghs_123456_eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxIn0.c2ln": "github",
    "github_pat_0123456789abcdefghij_AB": "github",
    "AKIAIOSFODNN7EXAMPLE": "aws",
    "ASIAIOSFODNN7EXAMPLE": "aws",
    "hvs.0123456789abcdefghij-_": "vault",
    "xoxb-0123456789-abcdef": "slack",
    "xapp-1-A0123456789": "slack",
    "hooks.slack.com/services/T0/B0/abc": "slack",
    "glpat-0123456789abcdefghij": "gitlab",
    "AIza" + "a" * 35: "google",
    "ya29.a0AfH6SMBx-1234": "google",
    "sk_live_0123456789abcdef": "stripe",
    "rk_live_0123456789abcdef": "stripe",
    "npm_" + "a" * 36: "npm",
    JWT: "jwt",
    "eyJhbGciOiJFZERTQSJ9.eyJqdGkiOiJjbG1fMSJ9": "jwt",
    PEM: "private-key",
    PEM.replace("\n", r"\n"): "private-key",
    PEM.replace("PRIVATE", "RSA PRIVATE"): "private-key",
}


@pytest.mark.parametrize("leak", LEAKS)
def test_what_looks_like_a_secret_is_replaced_wherever_it_stands(leak: str) -> None:
    mark = f"[redacted:{LEAKS[leak]}]"

    assert redact(f"x={leak} y") == f"x={mark} y"
    assert redact(rf"a\n{leak}") == rf"a\n{mark}"
    assert redact_counted(leak) == (mark, 1)


def test_a_private_key_that_is_cut_is_replaced_to_the_end() -> None:
    assert redact("a " + PEM[:40]) == "a [redacted:private-key]"


def test_a_public_key_is_left() -> None:
    public = PEM.replace("PRIVATE", "PUBLIC")

    assert redact(public) == public


@pytest.mark.parametrize(
    ("leak", "left"),
    [
        (f"Bearer {WORD}", "Bearer [redacted:authorization]"),
        (f"basic  {WORD}==", "basic  [redacted:authorization]"),
        (f"got token {WORD}", "got token [redacted:authorization]"),
        (f"https://sam:{WORD}@a.example/x", "https://sam:[redacted:url]@a.example/x"),
        (f"redis://:{WORD}@[::1]:1", "redis://:[redacted:url]@[::1]:1"),
        ('{"password": "a b"}', '{"password": "[redacted:named]"}'),
        ('{"db_password":"a\\"b","c":1}', '{"db_password":"[redacted:named]","c":1}'),
        (
            r"{\"token\":\"a\\\"b\",\"c\":1}",
            r"{\"token\":\"[redacted:named]\",\"c\":1}",
        ),
        ("{'secret': 'it'}", "{'secret': '[redacted:named]'}"),
        ("('Cookie', b'a=b; c=d')", "('Cookie', b'[redacted:named]')"),
        ('{"token": 12345}', '{"token": [redacted:named]}'),
        ("api_key=abc&page=2", "api_key=[redacted:named]&page=2"),
        ("private_key: abc, d", "private_key: [redacted:named], d"),
        ("client_secret=abc", "client_secret=[redacted:named]"),
        ("token: Bearer abc d", "token: [redacted:named] d"),
        ("Cookie: a=b; c=d\nDate: e", "Cookie: [redacted:named]\nDate: e"),
        ("Authorization: Basic abc\r\nd", "Authorization: [redacted:named]\r\nd"),
        ("aws_secret_access_key = abc", "aws_secret_access_key = [redacted:named]"),
        ("<SessionToken>", "<SessionToken>"),
        ("X-Amz-Security-Token=a&b", "X-Amz-Security-Token=[redacted:named]&b"),
        ("X-Amz-Signature=a&b", "X-Amz-Signature=[redacted:named]&b"),
        ('"password":"cut', '"password":"[redacted:named]'),
        ("secret='[redacted:key] and more'", "secret='[redacted:named]'"),
    ],
)
def test_what_is_named_a_secret_loses_its_value(leak: str, left: str) -> None:
    assert redact(leak) == left


@pytest.mark.parametrize(
    "text",
    [
        "",
        "the token is missing",
        "password",
        '{"token": ""}',
        '{"token": [], "scope": "repo:payments-api/pull:184"}',
        "https://a.example:8443/x",
        "git@a.example:x",
        "clm_06bnu5k0s1v6h5v3k9q2p7m4ec",
        "sha256:" + "9f3a" * 16,
        "eyJhIjoxfQ",
        "Basic access",
    ],
)
def test_innocent_text_is_left(text: str) -> None:
    assert redact_counted(text) == (text, 0)


def test_every_replaced_place_is_counted() -> None:
    text = f"{WORD} {WORD} {JWT} password=abc https://a:b@c"

    assert redact_counted(text, [WORD])[1] == 5


FRAGMENTS = st.sampled_from(
    [*LEAKS, "token", "password", "Bearer ", '"', "\\", ": ", "=", "[", "://", "@", "."]
)


@example("://swk_06bnu5k0s1_q7Hn2vTz9LkWc4Rb@")
@example("://hvs.0123456789abcdefghij-_.@_")
@given(st.lists(FRAGMENTS | st.text(max_size=5)).map("".join))
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    once = redact(text, [WORD])

    assert redact_counted(once, [WORD]) == (once, 0)


@given(st.lists(FRAGMENTS).map("".join), st.text())
def test_no_text_around_a_known_secret_hides_it(before: str, after: str) -> None:
    assert WORD not in redact(before + WORD + after, [WORD])


@pytest.mark.parametrize(
    "piece",
    [
        "eyJ",
        "eyJa.",
        "eyJa.eyJ",
        "://a:",
        "://",
        "token:",
        'token:"',
        'token:"\\',
        r"token:\"",
        "token=\\\\",
        "cookie:",
        "Bearer ",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN ",
        "-----BEGIN PRIVATE KEY----------END ",
        "swk_",
        "swk_a",
        "ghs_",
        "xoxb-a",
        "\\",
        " ",
        "a",
    ],
)
def test_a_megabyte_made_to_be_slow_is_read_to_its_end(piece: str) -> None:
    text = piece * (1_000_000 // len(piece)) + "\n" + PEM

    assert "MC4CAQAwBQ" not in redact(text, [WORD])
