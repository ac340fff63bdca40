"""What an AWS session may do: the statements of its policy.  Pure.

The fields of a statement end in its number, from 1; one whose fields are all empty is
none.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from governance.lanemaps import notation
from governance.lanemaps.notation import Member, Mistakes

MAX_STATEMENTS: Final = 20
PARTS: Final = ("actions", "resources", "conditions", "sid")
HARMLESS: Final = {
    "policy_id": "x",
    "actions": "logs:FilterLogEvents",
    "resources": "arn:aws:logs:eu-central-1:123456789012:log-group:x",
    "conditions": "",
    "sid": "x",
}

_VERSION: Final = "2012-10-17"
_CONDITION: Final = "StringEquals aws:RequestedRegion: eu-central-1"
_NUMBERED: Final = re.compile(rf"(?:{'|'.join(PARTS)})_([1-9]\d?)")


def statements_in(names: Iterable[str]) -> int:
    """Return the number of the last statement that the names of fields have."""
    found = map(_NUMBERED.fullmatch, names)
    return max((int(each[1]) for each in found if each), default=0)


def written(narrowing: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts of the fields of all statements."""
    policy = narrowing["policy"]
    texts = {"policy_id": policy.get("Id", "")}
    for number, statement in enumerate(policy["Statement"][: MAX_STATEMENTS + 1], 1):
        texts |= {
            f"actions_{number}": "\n".join(_listed(statement["Action"])),
            f"resources_{number}": "\n".join(_listed(statement["Resource"])),
            f"conditions_{number}": _conditions(statement.get("Condition", {})),
            f"sid_{number}": statement.get("Sid", ""),
        }
    return texts


def read(texts: Mapping[str, str], was: Any) -> dict[str, Any]:
    """Return the map.  Raises Mistakes."""
    numbers = range(1, min(statements_in(texts), MAX_STATEMENTS) + 1)
    said = [n for n in numbers if any(texts.get(f"{p}_{n}", "").strip() for p in PARTS)]
    if not said:
        raise Mistakes({"actions_1": ["Write what the session may do."]})
    readers: dict[str, Callable[[str], Any]] = {"policy_id": _name}
    for number in said:
        readers |= {f"{part}_{number}": _READERS[part] for part in PARTS}
    found = notation.read_fields(texts, readers)
    policy = {
        "Version": _VERSION,
        "Id": found["policy_id"],
        "Statement": [_statement(found, number, was) for number in said],
    }
    return {"policy": {name: value for name, value in policy.items() if value}}


def _statement(found: Mapping[str, Any], number: int, was: Any) -> dict[str, Any]:
    stored = _stored(was, number)
    statement = {
        "Sid": found[f"sid_{number}"],
        "Effect": "Allow",
        "Action": _as_it_was(found[f"actions_{number}"], stored.get("Action")),
        "Resource": _as_it_was(found[f"resources_{number}"], stored.get("Resource")),
        "Condition": found[f"conditions_{number}"],
    }
    return {name: value for name, value in statement.items() if value}


def _stored(was: Any, number: int) -> Mapping[str, Any]:
    match was:
        case {"policy": {"Statement": [*statements]}} if number <= len(statements):
            stored = statements[number - 1]
            return stored if isinstance(stored, Mapping) else {}
    return {}


def _as_it_was(listed: list[str], stored: Any) -> list[str] | str:
    is_one = isinstance(stored, str) and len(listed) == 1
    return listed[0] if is_one else listed


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else value


def _conditions(condition: Mapping[str, Mapping[str, Any]]) -> str:
    return notation.written(
        {
            f"{operator} {key}": value
            for operator, keys in condition.items()
            for key, value in keys.items()
        }
    )


def _actions(text: str) -> list[str]:
    said = "Name at least one action, one a line, as in logs:FilterLogEvents."
    return notation.needed([line.text for line in notation.lines(text)], said)


def _resources(text: str) -> list[str]:
    said = (
        "Name at least one resource, one a line, as in arn:aws:s3:::shop/{service}/*."
    )
    return notation.needed([line.text for line in notation.lines(text)], said)


def _read_conditions(text: str) -> dict[str, dict[str, Any]]:
    block = [line for block in notation.blocks(text) for line in block]
    found: dict[str, dict[str, Any]] = {}
    for each in notation.members(block, example=_CONDITION):
        operator, key = _test(each)
        found.setdefault(operator, {})[key] = each.value
    return found


def _test(each: Member) -> tuple[str, str]:
    operator, _blank, key = each.name.partition(" ")
    if not key:
        raise each.line.mistake(
            "Before the colon stand an operator, a blank and a key, as in"
            f" {_CONDITION}."
        )
    return operator, key


def _name(text: str) -> str:
    return "".join(line.text for line in notation.lines(text))


_READERS: Final = {
    "actions": _actions,
    "resources": _resources,
    "conditions": _read_conditions,
    "sid": _name,
}
