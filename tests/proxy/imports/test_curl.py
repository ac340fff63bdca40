"""Curl commands as people paste them, and as attackers would."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.imports import Command, SourceRefused
from governance.mapping import mapping_problems
from governance.schema import schema_problems
from governance.scope import scope_template_problems, summary_template_problems
from proxy.imports.curl import read_curl
from proxy.imports.shell import words_of

SECRET = "s3cret-CANARY-0123456789"
URL = "https://api.example.com/v1/things/7"


def fields(text: str) -> dict[str, Any]:
    return dict(read_curl(text).proposal.fields)


def mapping(text: str) -> dict[str, Any]:
    return dict(fields(text)["mapping"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (r"curl  a\ b 'c d' ", ["curl", "a b", "c d"]),
        ("curl \\\n  -d 'x\ny'", ["curl", "-d", "x\ny"]),
        ("curl \\\r\n  a", ["curl", "a"]),
        (r"""curl "a\"b\$c\d" """, ["curl", r'a"b$c\d']),
        ("""curl 'it'"'"'s'""", ["curl", "it's"]),
        (r"curl $'a\u00e9\x41\n\'\\'", ["curl", "aéA\n'\\"]),
        ("curl '' \"\"", ["curl", "", ""]),
        ("$ curl a", ["curl", "a"]),
        ("curl $A \"${B}c\" '$D' 5$", None),
    ],
)
def test_words_are_read_as_a_shell_reads_them(
    text: str, words: list[str] | None
) -> None:
    marked = ["curl", "\ue000A\ue001", "\ue000B\ue001c", "$D", "5$"]

    assert words_of(text) == (marked if words is None else words)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(SourceRefused):
        read_curl(f"curl {text}")


@pytest.mark.parametrize(
    ("text", "placement", "secret"),
    [
        (f"-H 'Authorization: Bearer {SECRET}'", "Bearer", SECRET),
        (f"-H 'authorization: token {SECRET}'", "token", SECRET),
        (f"-u 'sam:{SECRET}'", "Basic", f"sam:{SECRET}"),
        (f"-usam:{SECRET}", "Basic", f"sam:{SECRET}"),
        ("-H 'Authorization: Basic c2FtOnBhc3N3b3JkMQ=='", "Basic", "sam:password1"),
        (f"--oauth2-bearer {SECRET}", "Bearer", SECRET),
        (f"-H 'X-Api-Key: {SECRET}'", "X-Api-Key", SECRET),
        (f"-H 'PRIVATE-TOKEN: {SECRET}'", "PRIVATE-TOKEN", SECRET),
        (f"-H 'Authorization: ApiKey {SECRET}'", "Authorization", f"ApiKey {SECRET}"),
        ('-H "Authorization: Bearer $TOKEN"', "Bearer", ""),
        ("-H 'Authorization: Bearer ${TOKEN}'", "Bearer", ""),
        ("-H 'Authorization: Bearer <YOUR-TOKEN>'", "Bearer", ""),
        ("-H 'X-Api-Key: YOUR_API_KEY'", "X-Api-Key", ""),
        ("-H 'Accept: application/json'", None, ""),
    ],
)
def test_the_credential_goes_into_the_lane_and_nowhere_else(
    text: str, placement: str | None, secret: str
) -> None:
    command = read_curl(f"curl {URL} {text}")

    assert placement in (*command.placement.values(), None)
    assert bool(command.placement) == (placement is not None)
    assert command.secret == secret
    assert SECRET not in repr(command)


@pytest.mark.parametrize(
    ("text", "method"),
    [
        (f"curl {URL}", "GET"),
        (f"curl -X DELETE {URL}", "DELETE"),
        (f"curl -sSXPATCH {URL} --json '{{}}'", "PATCH"),
        (f"curl --request put --url {URL}", "PUT"),
        (f"curl {URL} -d '{{\"a\":1}}'", "POST"),
        (f"curl {URL} -G -d a=1", "GET"),
    ],
)
def test_the_method_is_curls(text: str, method: str) -> None:
    assert mapping(text)["method"] == method


def test_a_path_is_guessed_at_by_what_looks_like_an_argument() -> None:
    path = (
        "/repos/OWNER/{repo}/issues/184/:comment/<id>/$NAME/"
        "123e4567-e89b-12d3-a456-426614174000/0123456789abcdef0123/a%20b/plain"
    )

    guessed = fields(f"curl 'https://api.example.com{path}'")

    assert guessed["mapping"]["path"] == (
        "/repos/{owner}/{repo}/issues/{issue}/{comment}/{id}/{name}/{id_2}/{id_3}/"
        "{id_4}/plain"
    )
    assert guessed["arguments_schema"]["properties"]["issue"]["type"] == "integer"
    assert guessed["scope_template"].startswith("owner:{owner}/repo:{repo}/issue:")


def test_query_and_body_become_arguments_and_their_values_are_not_kept() -> None:
    text = (
        f"curl '{URL}?page=2&q=shown-once' --json"
        """ '{"title":"shown-once","n":1,"ok":true,"at":null,"tags":["shown-once"],"""
        """"deep":{"x":1.5}}'"""
    )

    command = read_curl(text)

    guessed = command.proposal.fields["mapping"]
    assert guessed["query"] == {"page": "{page}", "q": "{q}"}
    assert guessed["body"] == {
        **{name: f"{{{name}}}" for name in ("title", "n", "ok", "tags", "deep")},
        "at": None,
    }
    assert "shown-once" not in repr(command)


def test_variables_become_arguments() -> None:
    text = (
        'curl "https://api.example.com/orgs/$ORG?page=$PAGE"'
        """ --json '{"title":"'"$TITLE"'","n":'$N'}'"""
    )

    guessed = mapping(text)

    assert guessed["path"] == "/orgs/{org}"
    assert guessed["query"] == {"page": "{page}"}
    assert guessed["body"] == {"title": "{title}", "n": "{n}"}


@pytest.mark.parametrize(
    "text",
    [
        f"curl {URL}",
        f'curl {URL} --json \'{{"a":{{"b":[1,"c"]}}}}\'',
        "curl https://x.example.com",
        f"curl '{URL}?a=1' -X PUT -H 'Idempotency-Key: abc' --json '[1]'",
        "curl -X DELETE https://x.example.com/a%2Fb/c",
    ],
)
def test_what_is_guessed_can_be_saved(text: str) -> None:
    guessed = fields(text)
    schema = guessed["arguments_schema"]

    assert schema_problems(schema) == []
    assert mapping_problems(guessed["mapping"], schema) == []
    assert scope_template_problems(guessed["scope_template"], schema) == []
    assert summary_template_problems(guessed["summary_template"], schema) == []


def test_headers_are_kept_only_if_they_are_known_to_be_none() -> None:
    text = (
        f"curl {URL} -H 'Accept: application/json' -H 'X-Version: 2022-11-28'"
        f" -H 'X-Odd: {SECRET}' -H 'User-Agent: curl' -H 'Idempotency-Key: {SECRET}'"
    )

    command = read_curl(text)

    assert command.proposal.fields["mapping"]["headers"] == {
        "Accept": "application/json",
        "X-Version": "2022-11-28",
        "Idempotency-Key": "{call_id}",
    }
    assert any("X-Odd was left out" in note for note in command.proposal.notes)
    assert SECRET not in repr(command)


HOSTILE = [
    (f"curl {URL} -F a=@{SECRET}", "file of your machine"),
    (f"curl {URL} -T {SECRET}", "file of your machine"),
    (f"curl {URL} -d @{SECRET}", "file of your machine"),
    (f"curl {URL} --data-binary @-", "file of your machine"),
    (f"curl {URL} --data-urlencode a@{SECRET}", "file of your machine"),
    (f"curl {URL} -H @{SECRET}", "file of your machine"),
    (f"curl {URL} --url-query @{SECRET}", "file of your machine"),
    (f"curl {URL} --url-query a@{SECRET}", "file of your machine"),
    (f"curl {URL} --data-urlencode '{{}}'", "sends JSON only"),
    (f"curl {URL} -u {SECRET}", "has no password"),
    (f"curl {URL} --config {SECRET}", "file of your machine"),
    (f"curl -K{SECRET} {URL}", "file of your machine"),
    (f"curl {URL} --netrc", "file of your machine"),
    (f"curl {URL} --cert {SECRET}", "file of your machine"),
    (f"curl {URL} -b sid={SECRET}", "Cookies"),
    (f"curl {URL} -H 'Cookie: sid={SECRET}'", "Cookies"),
    (f"curl {URL} https://b.example.com/{SECRET}", "2 URLs"),
    (f"curl {URL} --next https://b.example.com", "one request"),
    ("curl -H 'Accept: */*'", "no URL"),
    (f"curl https://sam:{SECRET}@api.example.com/", "user and password"),
    (f"curl 'https://api.example.com/?api_key={SECRET}'", "holds a credential"),
    (f"curl 'https://api.example.com/?key={SECRET}'", "sounds like a credential"),
    (f"curl {URL} -x http://{SECRET}", "somewhere else"),
    (f"curl {URL} --resolve api.example.com:443:127.0.0.1", "somewhere else"),
    (f"curl {URL} --connect-to ::127.0.0.1:1", "somewhere else"),
    (f"curl {URL} --unix-socket /run/docker.sock", "somewhere else"),
    (f"curl {URL} -H 'Host: {SECRET}.example'", "another destination"),
    (f"curl {URL} -H '{SECRET}'", "“Name: value”"),
    (f"curl {URL} -d 'a={SECRET}'", "sends JSON only"),
    (f"curl {URL} --json '{{{SECRET}'", "no strict JSON"),
    (f'curl {URL} --json \'{{"a":1}},"b":{{"c":1}}\'', "no strict JSON"),
    (f"curl -X GET {URL} -d '{{}}'", "GET has no body"),
    (f"curl -X BREW {URL}", "method"),
    (f"curl -I {URL}", "HEAD"),
    (f"curl {URL} --aws-sigv4 {SECRET}", "signs each request"),
    (f"curl {URL} -H 'Authorization: AWS4-HMAC-SHA256 {SECRET}'", "signature"),
    (f"curl {URL} -H 'Authorization: Basic {SECRET}'", "base64"),
    (f"curl {URL} -u a:b -H 'X-Api-Key: {SECRET}'", "2 credentials"),
    (f"curl {URL} | sh -c {SECRET}", "one command by itself"),
    (f"curl {URL}; rm {SECRET}", "one command by itself"),
    (f"curl {URL} > {SECRET}", "one command by itself"),
    (f'curl "$(cat {SECRET})"', "one command by itself"),
    (f'curl "`cat {SECRET}`"', "one command by itself"),
    (f"curl {URL}\ncurl {SECRET}", "one command"),
    (f"curl {URL} 'open {SECRET}", "not closed"),
    (f"curl {URL} -d \\", "backslash"),
    (f"curl {URL} -H", "no value"),
    (f"curl {URL} --nope {SECRET}", "--nope is not understood"),
    (f"curl {URL} -{SECRET}", "is not understood"),
    (f'curl.exe {URL} -H ^"a: {SECRET}^"', "Windows prompt"),
    (f"wget {URL}", "begins with curl"),
    ("", "begins with curl"),
    (f"curl ftp://{SECRET}", "http"),
    (f"curl file:///{SECRET}", "http"),
    (f"curl {SECRET}", "https://"),
    ('curl "https://$HOST/a"', "Write the host out"),
    ("curl 'https://a.example.com/[1-9]'", "several URLs"),
    ("curl 'https://a.example.com/{a,b}'", "several URLs"),
    ("curl https://a.example.com/a/../b", "segment"),
    ("curl https://0x7f000001/", "IPv4"),
    ("curl https://metadata.google.internal/", "metadata"),
    ("curl 'https://a.example.com/\ue000A\ue001'", "no command needs"),
    (f"curl {URL} $'\\ue000'", "no character"),
    ("curl " + "a" * 100_001, "longer than"),
    (
        f"curl {URL} --json '{json.dumps(dict.fromkeys(map(str, range(101)), 1))}'",
        "more than 100",
    ),
    ("curl https://hooks.slack.com/services/T000/B000/abcdefgh12345678", "credential"),
]


@pytest.mark.parametrize(("text", "told"), HOSTILE)
def test_a_hostile_command_is_refused_without_a_word_of_it(
    text: str, told: str
) -> None:
    with pytest.raises(SourceRefused) as refusal:
        read_curl(text)

    assert told in str(refusal.value)
    assert SECRET not in str(refusal.value)
    assert refusal.value.__cause__ is None


@pytest.mark.parametrize("more", ["", "+", "%2B", "!", "~", "@"])
def test_what_may_be_a_key_in_the_path_is_not_kept(more: str) -> None:
    url = f"https://api.example.com/bot{more}{SECRET}/send"
    command: Command = read_curl(f"curl '{url}'")

    assert SECRET not in repr(command)
