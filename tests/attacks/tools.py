"""Tools that the stage lacks, published and granted to its agent."""

from typing import Any

from governance.models import Route, RouteVersion
from tests.factories import (
    RouteFactory,
    ToolsetEntryFactory,
    ToolsetFactory,
    published_route,
)
from tests.stage import READ_SCHEMA, Stage


def publish(stage: Stage, tool: str, **content: Any) -> Route:
    """Publish one more tool: a write that Ana or Ben has to approve, unless told."""
    route = RouteFactory.create(tool=tool)
    ToolsetEntryFactory.create(toolset=ToolsetFactory.create(), route=route)
    why = "The remote knows shared tokens only."
    return published_route(
        by=stage.sam, route=route, **{"justification": why, **content}
    )


def publish_read(stage: Stage, tool: str, **content: Any) -> Route:
    """Publish one more tool that needs nobody's yes."""
    covered = {
        "risk": RouteVersion.Risk.READ,
        "approval_rule": RouteVersion.Rule.NOT_REQUIRED,
    }
    return publish(stage, tool, **{**covered, **content})


def texts(*names: str, most: int = 400) -> dict[str, Any]:
    """Return a schema of required texts that refuses no character."""
    return {
        "type": "object",
        "properties": {name: {"type": "string", "maxLength": most} for name in names},
        "required": list(names),
        "additionalProperties": False,
    }


def publish_covered_write(stage: Stage, tool: str = "github.label_pr") -> Route:
    """Publish a write that runs without anybody's yes, as some admin decided."""
    return publish(
        stage,
        tool,
        approval_rule=RouteVersion.Rule.NOT_REQUIRED,
        arguments_schema=READ_SCHEMA,
        summary_template="Label #{pull} of {repo}",
        mapping={"method": "POST", "path": "/labels/{repo}/{pull}", "body": {}},
    )
