"""A walk through every feature, which keeps whatever was answered."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from io import StringIO
from typing import Any

from django.contrib import admin
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from approvals.services import expire_due
from approvals.services.deliveries import sweep
from audit.services import settle_floods
from governance.models import CredentialLane
from governance.services import replace_secret
from proxy.tasks import run_approved
from tests.attacks.browsing import ballot, csrf, page_of, signed_in
from tests.attacks.tools import publish, publish_covered_write
from tests.canary.known import Known
from tests.factories import PASSWORD, CredentialLaneFactory
from tests.remotes import Script, reply, then_close
from tests.stage import COMMENT, READ, READ_SCHEMA, SECRET, Stage

SECOND = "second-lane-CANARY-93ab77"
TYPED = "typed-into-admin-CANARY-1c2d3e"
PASTED = "pasted-curl-CANARY-40d1c7"
MISTYPED = "mistyped-curl-CANARY-77e2b0"
REFUSED = "short é CANARY-not-ascii"
NEW_PASSWORD = "a new pass phrase CANARY 4f5a"
AGENTS = "the agent"


def echo(secret: str) -> bytes:
    """Return a body in which a backend sends back what it was sent."""
    return f'{{"you":"Bearer {secret}","also":["{secret}"]}}'.encode()


ECHO = echo(SECRET)


@dataclass(slots=True)
class Walk:
    """What was said on the way, by place, and the secrets that turned up on it."""

    stage: Stage
    said: dict[str, str] = field(default_factory=dict)
    met: list[Known] = field(default_factory=list)

    def keep(self, place: str, answer: Any) -> Any:
        """Remember an answer with its headers."""
        body = answer.getvalue().decode("utf-8", "replace")
        name = f"{place} {len(self.said)}"
        self.said[name] = f"{dict(answer.headers)} {answer.cookies} {body}"
        return answer

    def secrets(self) -> Iterator[Known]:
        """Yield all that must be nowhere but in its own place."""
        yield Known("the lane's secret", SECRET)
        yield Known("another lane's secret", SECOND)
        yield Known("a secret typed into the admin", TYPED)
        yield Known("a secret that the admin refused", REFUSED)
        yield Known("a credential in a pasted command", PASTED)
        yield Known("a credential in a command that was refused", MISTYPED)
        # It puts the key into an address, which is logged; our formatters take it out.
        key = self.stage.key.split("_", 2)[2]
        yield Known("the agent's key", key, ("the raw logs",))
        yield Known("a password", PASSWORD)
        yield Known("a password set in the admin", NEW_PASSWORD)
        yield from self.met

    def take(self) -> None:
        """Go the whole way."""
        self._agent_reads_and_writes()
        self._agent_is_refused()
        self._calls_end_badly()
        self._people_decide()
        self._admins_configure()
        self._operators_ask()
        self._evidence_is_read()

    # -- the agents' door -------------------------------------------------------------

    def _post(self, body: object, path: str = "calls", **headers: str) -> Any:
        answer = self.stage.post(body, path, **headers)
        self._meet_claim(answer)
        return self.keep(f"{AGENTS}, {path}", answer)

    def _get(self, path: str) -> Any:
        answer = self.stage.get(path)
        self._meet_claim(answer)
        return self.keep(f"{AGENTS}, {path}", answer)

    def _meet_claim(self, answer: Any) -> None:
        body = answer.json() if answer.content else {}
        token = body.get("claim") or (body.get("approval") or {}).get("claim")
        if token:
            self.met.append(Known("a claim's token", token, (AGENTS,)))
            signature = token.rpartition(".")[2]
            self.met.append(Known("a claim's signature", signature, (AGENTS,)))

    def _agent_reads_and_writes(self) -> None:
        stage = self.stage
        stage.remote.answer = reply(ECHO, more=f"X-Echo: {SECRET}\r\n")
        second = CredentialLaneFactory.create(
            name="second",
            kind=CredentialLane.Kind.STATIC,
            placement={"in": "header", "name": "X-Api-Key"},
        )
        replace_secret(second, SECOND, by=stage.sam, now=timezone.now())
        publish(
            stage, "notes.read", **{**_covered_read(), "lane": second, "risk": "read"}
        )
        publish_covered_write(stage)
        self._get("tools")
        self._post({"label": "walk", "on_behalf_of": "ana"}, "sessions")
        for tool in ("github.read_pr", "github.label_pr"):
            self._post({"tool": tool, "args": READ}, **{"Idempotency-Key": tool})
        stage.remote.answer = reply(echo(SECOND), more=f"X-Echo: {SECOND}\r\n")
        for _ in range(2):
            body = {"tool": "notes.read", "args": READ}
            self._post(body, **{"Idempotency-Key": "n"})
        stage.remote.answer = reply(ECHO)
        self._post({"tool": "github.read_pr", "args": READ}, "claims")
        self._post({"tool": "github.read_pr", "args": READ, "mode": "explain"})
        asked = self._post(_comment(1)).json()["approval"]["id"]
        stage.approve()
        claim = self._get(f"approvals/{asked}?wait=1").json()["approval"]["claim"]
        ran = self._post({**_comment(1), "claim": claim}).json()
        self._post({**_comment(1), "claim": claim})
        self._get(f"calls/{ran['call_id']}")
        self._post({**_comment(2), "mode": "deferred"})
        deferred = stage.pending()
        stage.approve()
        run_approved(deferred.pk)
        self._post("", f"approvals/{asked}/cancel")

    def _agent_is_refused(self) -> None:
        key = self.stage.key
        self._post(f'{{"tool":"{key}"')
        self._post({"tool": "github.read_pr", "args": {**READ, "pull": 0}})
        self._post({"tool": "no.such", "args": {}})
        self._post({"tool": "github.read_pr", "args": READ, "claim": f"{key}.x.y"})
        for wrong in (f"{key}x", key.replace("swk", "SWK"), f"Basic {key}"):
            self.keep(
                f"{AGENTS}, a wrong key",
                Client(headers={"Authorization": f"Bearer {wrong}"}).get("/v1/tools"),
            )
        self._get(f"calls/{key}")
        self._get(f"tools?key={key}")

    def _calls_end_badly(self) -> None:
        remote = self.stage.remote
        answers: list[bytes | Script] = [
            reply(ECHO, status=s) for s in (302, 401, 403, 404, 422, 500, 503)
        ]
        answers += [reply(b"x" * 2_000_000)]
        for answer in [*answers, then_close(ECHO), then_close(b"")]:
            remote.answer = answer
            for tool in ("github.read_pr", "github.label_pr"):
                self._post({"tool": tool, "args": READ})
        lane = CredentialLane.objects.get(name="second")
        CredentialLane.objects.filter(pk=lane.pk).update(sealed_secret="altered")
        self._post({"tool": "notes.read", "args": READ})
        remote.answer = reply(ECHO)

    # -- people -----------------------------------------------------------------------

    def _people_decide(self) -> None:
        stage = self.stage
        for number, verdict in ((10, "deny"), (11, "approve"), (12, "vote")):
            self._post(_comment(number))
            approval = stage.pending()
            ana = signed_in("ana")
            path = page_of(approval)
            page = self.keep("a page", ana.get(f"{path}?view=full"))
            form = {**ballot(approval, verdict), **csrf(page.text)}
            self.keep("a page", ana.post(page_of(approval, "vote"), form))
            self.keep("a page", ana.get(path))
            self.keep("a page", ana.post(page_of(approval, "revoke"), csrf(page.text)))
            for address in ("/", "/approvals/", "/approvals/mine/", "/account/"):
                self.keep("a page", ana.get(address))
        self.keep(
            "a page",
            Client().post(
                "/account/login/", {"login": "ana", "password": f"{PASSWORD}x"}
            ),
        )
        expire_due(now=timezone.now())
        sweep(now=timezone.now())
        sam = signed_in("sam")
        unclear = stage.tenant.calls.filter(state="outcome_unknown").latest("pk")
        self.keep("a page", sam.get(f"/calls/{unclear.pk}/"))
        finding = {"finding": "happened", "note": "looked at the remote"}
        self.keep("a page", sam.post(f"/calls/{unclear.pk}/resolve", finding))

    def _admins_configure(self) -> None:
        stage = self.stage
        stage.sam.is_superuser = stage.sam.is_staff = True
        stage.sam.save()
        sam = signed_in("sam")
        lane = CredentialLane.objects.get(name="github-comment")
        place = f"/admin/governance/credentiallane/{lane.pk}/change/"
        for typed in (REFUSED, TYPED):
            fields = {"privilege": "read", "place": "Bearer", "secret": typed}
            self.keep("an admin page", sam.post(place, fields))
        lane.refresh_from_db()
        assert lane.secret_version == 2, "the secret was not taken"
        self._admin_pastes(sam)
        issue = f"/admin/governance/agent/{stage.agent.pk}/key/"
        shown = self.keep("the page that shows a key once", sam.post(issue, {}))
        key = shown.text.partition("swk_")[2].split("<")[0].partition("_")[2].strip()
        assert len(key) == 43, "no key was shown"
        self.met.append(Known("a new key", key, ("the page that shows a key once",)))
        person = f"/admin/governance/user/{stage.ben.pk}/password/"
        for again in ("something else", NEW_PASSWORD):
            form = {"password": NEW_PASSWORD, "again": again}
            self.keep("an admin page", sam.post(person, form))
        for model in admin.site._registry:  # noqa: SLF001 - the way to all of them
            base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"  # noqa: SLF001
            self.keep("an admin page", sam.get(base))
            for pk in model._default_manager.values_list("pk", flat=True)[:20]:  # noqa: SLF001
                for view in ("change", "history", "try"):
                    self.keep("an admin page", sam.get(f"{base}{pk}/{view}/"))

    def _admin_pastes(self, sam: Client) -> None:
        place = "/admin/governance/importeddraft/curl/"
        fields = {"tenant": self.stage.tenant.pk, "allowed_cidrs": "127.0.0.0/8"}
        url = f"{self.stage.remote.url}/notes"
        for command in (
            f"curl {url}/1 -H 'Authorization: Bearer {PASTED}'",
            f"curl {url}/2?api_key={MISTYPED}",
            f"curl {url}/3 -H 'Authorization: Bearer {MISTYPED}é'",
            f"curl {url}/4 -H 'X-Odd: {MISTYPED}' -d 'a={MISTYPED}'",
            f"curl {url}/5 -b '{MISTYPED}'",
            f"curl {url}/6 'not closed {MISTYPED}",
            f'curl {url}/{MISTYPED} --json \'{{"secret":"{MISTYPED}"}}\'',
        ):
            form = {**fields, "command": command}
            self.keep("an admin page", sam.post(place, form))
        pasted = CredentialLane.objects.exclude(secret_fingerprint="")
        assert pasted.filter(kind="static").count() >= 3, "no command was taken"

    # -- operators and auditors -------------------------------------------------------

    def _operators_ask(self) -> None:
        for path in (
            "/healthz",
            "/readyz",
            "/metrics",
            "/.well-known/jwks.json",
            "/v1/openapi.json",
            "/nowhere/",
        ):
            self.keep("a probe", Client().get(path))
        for command in (["doctor"], ["doctor", "--json"], ["dump_routes"]):
            out = StringIO()
            with suppress(SystemExit):
                call_command(*command, stdout=out, stderr=out)
            self.said[f"the command {' '.join(command)}"] = out.getvalue()

    def _evidence_is_read(self) -> None:
        settle_floods(now=timezone.now() + timedelta(minutes=2))
        olu = signed_in("olu")
        calls = list(self.stage.tenant.calls.values_list("pk", flat=True))
        for path in (
            "/audit/",
            "/audit/?outcome=denied",
            *(f"/audit/calls/{call}/" for call in calls),
            "/audit/export.csv",
            "/audit/export.jsonl",
        ):
            self.keep("the audit", olu.get(path))


def _comment(pull: int) -> dict[str, Any]:
    return {"tool": "github.comment_pr", "args": {**COMMENT, "pull": pull}}


def _covered_read() -> dict[str, Any]:
    return {
        "approval_rule": "not_required",
        "arguments_schema": READ_SCHEMA,
        "summary_template": "Read the notes on #{pull} of {repo}",
        "mapping": {"method": "GET", "path": "/notes/{repo}/{pull}"},
    }
