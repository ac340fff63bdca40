"""Somebody saves a schema that would take our time with every call, or leave us."""

import json
import time
from typing import Any

import pytest
from django.utils import timezone

from governance.models import RouteVersion
from governance.refusals import Refused
from governance.services import new_draft, save_draft
from tests.stage import Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

CPU_SECONDS = 1.0


def schema(**changes: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"repo": {"type": "string", "maxLength": 40}},
        "required": ["repo"],
        "additionalProperties": False,
        **changes,
    }


def nested(depth: int) -> dict[str, Any]:
    inner: dict[str, Any] = {"type": "string"}
    for _ in range(depth):
        inner = {"type": "array", "items": inner}
    return inner


def doubling(levels: int) -> dict[str, Any]:
    """Return definitions of which each names the next one twice."""
    named = {
        f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(levels)
    }
    return {**named, f"d{levels}": {"type": "string"}}


def repo(**parts: Any) -> dict[str, Any]:
    return schema(properties={"repo": {"type": "string", **parts}})


BOMBS: dict[str, dict[str, Any]] = {
    "a reference over the network": repo(**{"$ref": "http://127.0.0.1:1/schema"}),
    "a reference to a file": repo(**{"$ref": "file:///etc/passwd"}),
    "a relative reference": repo(**{"$ref": "other.json#/a"}),
    "an identity of its own": schema(**{"$id": "http://127.0.0.1:1/root"}),
    "another dialect": schema(**{"$schema": "http://127.0.0.1:1/dialect"}),
    "a vocabulary": schema(**{"$vocabulary": {"http://127.0.0.1:1/v": True}}),
    "an anchor that moves": repo(**{"$dynamicRef": "#x"}),
    "a reference to itself": schema(
        properties={"repo": {"$ref": "#/$defs/a"}},
        **{"$defs": {"a": {"$ref": "#/$defs/a"}}},
    ),
    "two that lead to each other": schema(
        properties={"repo": {"$ref": "#/$defs/a"}},
        **{"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}},
    ),
    "a billion laughs": schema(
        properties={"repo": {"$ref": "#/$defs/d0"}}, **{"$defs": doubling(30)}
    ),
    "seventeen levels": schema(properties={"repo": nested(17)}),
    "501 properties": schema(
        properties={f"p{n}": {"type": "string"} for n in range(501)}
    ),
    "65 KiB": schema(properties={"repo": {"type": "string", "title": "x" * 66_000}}),
    "an open top": schema(additionalProperties=True),
    "a top that is left open": {
        k: v for k, v in schema().items() if k != "additionalProperties"
    },
    "names by pattern": schema(patternProperties={"^x": {}}),
    "a long pattern": repo(pattern="^" + "a" * 256 + "$"),
    "a pattern that looks around": repo(pattern="^(?=a)(?<=b)a$"),
    "a pattern that repeats a group": repo(pattern=r"^(a)\1$"),
    "a pattern that is none": repo(pattern="^(a$"),
    "a huge repetition": repo(pattern="^((a{1000}){1000}){1000}$"),
    "an unanchored pattern in the scope": repo(pattern="[a-z]+"),
    "half an anchor": repo(pattern="^[a-z]+"),
    "an anchor in one branch": repo(pattern="^a$|b"),
    "no bound in the scope": repo(),
    "any type in the scope": schema(properties={"repo": {}}),
    "a default that is not valid": repo(maxLength=40, default=7),
}


def saved(draft: RouteVersion, content: dict[str, Any], stage: Stage) -> None:
    draft.arguments_schema = content
    draft.scope_template, draft.summary_template = "repo:{repo}", "Comment on {repo}"
    draft.mapping = {"method": "POST", "path": "/comments", "body": {"repo": "{repo}"}}
    save_draft(draft, by=stage.sam, now=timezone.now())


def test_no_bomb_is_saved(stage: Stage) -> None:
    """No test here may open a socket but to the stage's remote; none is tried."""
    assert stage.comment.published is not None
    draft = new_draft(stage.comment.published, by=stage.sam, now=timezone.now())
    saved(draft, schema(), stage)
    kept = RouteVersion.objects.get(pk=draft.pk).arguments_schema

    for name, bomb in BOMBS.items():
        begun = time.thread_time()
        with pytest.raises(Refused) as refusal:
            saved(draft, bomb, stage)
        took = time.thread_time() - begun

        assert took < CPU_SECONDS, f"{name}: {took:.2f} s"
        fields = set(refusal.value.fields)
        assert fields <= {"arguments_schema", "scope_template", "mapping"}, name
        assert all(len(each) < 400 for each in refusal.value.sentences()), name

    assert RouteVersion.objects.get(pk=draft.pk).arguments_schema == kept
    assert json.dumps(kept)
    assert stage.remote.connections == 0
