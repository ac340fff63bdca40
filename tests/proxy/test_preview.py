"""What the try-it page shows of a request; nothing is sent, and no secret opened."""

import pytest

from governance.models import CredentialLane, RouteVersion
from proxy.preview import MASK, preview_route
from tests.stage import COMMENT, READ, SECRET, Stage

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def version_of(tool: str) -> RouteVersion:
    return RouteVersion.objects.select_related("route__tenant").get(route__tool=tool)


def test_it_is_the_exact_request_but_for_the_secret(stage: Stage) -> None:
    shown = preview_route(version_of("github.comment_pr"), dict(COMMENT))

    assert shown.method == "POST"
    assert shown.url == (
        f"{stage.remote.url}/repos/acme/payments-api/issues/184/comments"
    )
    headers = dict(shown.headers)
    assert headers["Authorization"] == f"Bearer {MASK}"
    assert headers["Content-Type"] == "application/json"
    assert shown.body == '{"body":"LGTM"}'
    assert SECRET not in repr(shown)
    assert stage.remote.connections == 0


@pytest.mark.parametrize(
    ("kind", "placement"),
    [("none", {}), ("static", {"in": "cookie"})],
)
def test_a_lane_that_places_nothing_shows_nothing(
    stage: Stage, kind: str, placement: dict[str, str]
) -> None:
    CredentialLane.objects.update(kind=kind, placement=placement)

    shown = preview_route(version_of("github.read_pr"), dict(READ))

    assert (shown.method, shown.body) == ("GET", "")
    assert [name for name, _ in shown.headers] == ["traceparent"]


def test_arguments_that_make_no_path_are_an_error(stage: Stage) -> None:
    with pytest.raises(ValueError, match="`repo`"):
        preview_route(version_of("github.read_pr"), {"repo": "..", "pull": 1})
