"""A version of a route: its rule, lane, schema, templates and request mapping."""

from collections.abc import Iterator
from typing import Final

from django.core.exceptions import ValidationError

from governance.mapping import mapping_problems
from governance.models import RouteVersion
from governance.refusals.lanes import privilege_problems
from governance.refusals.narrowing import foreign_placeholders
from governance.refusals.refused import Problems, merged
from governance.schema import destination_names, schema_problems
from governance.scope import scope_template_problems, summary_template_problems

Risk, Rule, Separation = RouteVersion.Risk, RouteVersion.Rule, RouteVersion.Separation
LISTS: Final = ("plain_parameters", "in_messages")


def version_problems(version: RouteVersion) -> Problems:
    """Say everything that is wrong with a version, by field.

    Whether enough people could ever approve, and whether the lane has its secret, is
    asked when it is published.
    """
    wrong = _field_problems(version)
    if wrong:
        return wrong
    return merged(
        _tenant_problems(version),
        _lane_problems(version),
        _rule_problems(version),
        _argument_problems(version),
    )


def _field_problems(version: RouteVersion) -> Problems:
    # Types, lengths and bounds, as the model declares them.
    try:
        version.clean_fields(exclude=["number", "state", "route"])
    except ValidationError as error:
        return error.message_dict
    wrong: Problems = {
        name: ["Write a list of names."]
        for name in LISTS
        if not _is_names(getattr(version, name))
    }
    for name in ("arguments_schema", "mapping"):
        if not isinstance(getattr(version, name), dict):
            wrong[name] = ["Write a JSON object: { … }."]
    return wrong


def _is_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _tenant_problems(version: RouteVersion) -> Problems:
    tenant = version.route.tenant_id
    rows = {name: getattr(version, name) for name in ("backend", "lane", "group")}
    rows["fallback_group"] = version.fallback_group
    return {
        name: [f"{row} belongs to another tenant."]
        for name, row in rows.items()
        if row is not None and row.tenant_id != tenant
    }


def _lane_problems(version: RouteVersion) -> Problems:
    lane = version.lane
    return {
        "lane": [
            *privilege_problems(lane.privilege, risk=version.risk),
            *foreign_placeholders(lane.narrowing, version.scope_template),
            *_unsigned(version),
        ],
        "justification": list(_shared(version)),
        "mapping": list(_taken_header(version)),
    }


def _unsigned(version: RouteVersion) -> Iterator[str]:
    if version.lane.kind == "aws_sts" and version.backend.kind != "http":
        yield "An AWS lane signs requests to backends of the kind “http” only."


def _shared(version: RouteVersion) -> Iterator[str]:
    is_shared = version.lane.kind == "static" and version.risk != Risk.READ
    if is_shared and not version.justification.strip():
        yield (
            f"The lane {version.lane} lends a stored, shared credential. Say here why"
            f" a {version.risk} route may use it."
        )


def _taken_header(version: RouteVersion) -> Iterator[str]:
    # Each call would fail: the guard sends no header twice.
    name, headers = version.lane.placement.get("name"), version.mapping.get("headers")
    written = (
        {str(each).lower() for each in headers} if isinstance(headers, dict) else set()
    )
    if isinstance(name, str) and name.lower() in written:
        yield (
            f"`headers.{name}` is where the lane {version.lane} puts its credential:"
            " take it out of the mapping."
        )


def _rule_problems(version: RouteVersion) -> Problems:
    if version.approval_rule == Rule.NOT_REQUIRED:
        return {"justification": list(_unasked(version))}
    return {
        "group": [] if version.group else ["Say which group approves."],
        "fallback_group": list(_fallback(version)),
        "separation": list(_separation(version)),
        "approve_in_slack": list(_slack(version)),
        "max_uses": list(_uses(version)),
    }


def _unasked(version: RouteVersion) -> Iterator[str]:
    if version.risk != Risk.READ and not version.justification.strip():
        yield f"Say here why a {version.risk} route may run without an approval."


def _fallback(version: RouteVersion) -> Iterator[str]:
    if version.fallback_group and version.fallback_group == version.group:
        yield "The fallback is another group, or none."


def _separation(version: RouteVersion) -> Iterator[str]:
    if version.separation == Separation.CONFIRM and version.risk != Risk.WRITE:
        yield "“confirm” is for write routes only. Choose four eyes or strict."


def _slack(version: RouteVersion) -> Iterator[str]:
    if version.approve_in_slack and version.risk != Risk.WRITE:
        yield "Only a write can be approved in Slack; there is no fresh sign-in there."


def _uses(version: RouteVersion) -> Iterator[str]:
    if version.risk != Risk.READ and version.max_uses != 1:
        yield "Only a read may be used more than once."


def _argument_problems(version: RouteVersion) -> Problems:
    schema = version.arguments_schema
    if wrong := schema_problems(schema):
        return {"arguments_schema": wrong}
    return merged(
        {
            "arguments_schema": list(_destinations(version)),
            "scope_template": scope_template_problems(version.scope_template, schema),
            "summary_template": summary_template_problems(
                version.summary_template, schema
            ),
            "mapping": mapping_problems(
                version.mapping, schema, kind=version.backend.kind
            ),
        },
        _named_problems(version),
    )


def _destinations(version: RouteVersion) -> Iterator[str]:
    for name in destination_names(version.arguments_schema):
        if name not in version.plain_parameters:
            yield (
                f"“{name}” sounds like a destination or a power, which callers never"
                " choose. Take it out, or name it under “plain data” if it is not."
            )


def _named_problems(version: RouteVersion) -> Problems:
    declared = version.arguments_schema.get("properties", {})
    suspicious = destination_names(version.arguments_schema)
    return {
        "in_messages": [
            f"“{name}” is no argument of this route."
            for name in version.in_messages
            if name not in declared
        ],
        "plain_parameters": [
            f"“{name}” is no argument that needs this."
            for name in version.plain_parameters
            if name not in suspicious
        ],
    }
