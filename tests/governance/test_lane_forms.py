"""The fields of a lane's map: what is typed, what is stored, what is told."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from governance import services
from governance.models import CredentialLane, RouteVersion
from governance.refusals import Refused
from governance.services import save_draft, save_lane
from tests.factories import RouteVersionFactory, TenantFactory, person
from tests.governance.admin_pages import fields_of, page

pytestmark = pytest.mark.django_db

ADD = reverse("admin:governance_credentiallane_add")
STATEMENT: dict[str, Any] = {
    "Effect": "Allow",
    "Action": ["logs:FilterLogEvents"],
    "Resource": ["arn:aws:logs:eu-central-1:123456789012:log-group:/{project}:*"],
}
AWS: dict[str, Any] = {
    "name": "logs-read",
    "kind": "aws_sts",
    "privilege": "read",
    "region": "eu-central-1",
    "role_arn": "arn:aws:iam::123456789012:role/logs-reader",
    "access_key_id": "AKIAIOSFODNN7EXAMPLE",
    "sts_url": "https://8.8.8.8",
    "max_seconds": 900,
    "reuse_seconds": 0,
    "sign_service": "logs",
    "sign_region": "eu-central-1",
    "actions_1": "logs:FilterLogEvents",
    "resources_1": STATEMENT["Resource"][0],
}
OAUTH: dict[str, Any] = {
    "name": "tickets-write",
    "kind": "oauth_client",
    "privilege": "write",
    "token_url": "https://8.8.8.8/token",
    "client_id": "sealwright",
    "authentication": "client_secret_basic",
    "max_seconds": 600,
    "reuse_seconds": 0,
    "place": "Bearer",
    "scope": "tickets:create\r\ntickets:read",
    "authorization_details": (
        "type: queue\r\nidentifier: {queue}\r\nactions:\r\n- create\r\n\r\ntype: board"
    ),
}
STATIC: dict[str, Any] = {
    "name": "shared",
    "kind": "static",
    "privilege": "read",
    "place": "Bearer",
}


@pytest.fixture
def sam(client: Client) -> Client:
    client.force_login(person("sam", "admin"))
    return client


def send(client: Client, typed: dict[str, Any], address: str = ADD) -> Any:
    tenant = TenantFactory.create().pk if address == ADD else None
    return client.post(address, {**({"tenant": tenant} if tenant else {}), **typed})


def errors_of(answer: Any) -> dict[str, list[str]]:
    return dict(answer.context["adminform"].form.errors)


def shown_of(client: Client, lane: CredentialLane) -> dict[str, Any]:
    """Return what a lane's page would send back unchanged."""
    return {"reuse_seconds": 0, **fields_of(client.get(page(lane)))}


def made(client: Client, typed: dict[str, Any]) -> CredentialLane:
    answer = send(client, typed)
    assert answer.status_code == 302, errors_of(answer)
    return CredentialLane.objects.get(name=typed["name"])


def test_statements_of_a_policy_are_typed_and_stored_as_a_policy(sam: Client) -> None:
    second = {
        "actions_2": "s3:GetObject\r\ns3:ListBucket",
        "resources_2": "arn:aws:s3:::shop/{project}/x",
        "conditions_2": "StringEquals aws:RequestedRegion:\r\n- eu-a\r\n- eu-b",
        "sid_2": "Objects",
    }

    lane = made(sam, {**AWS, **second})

    assert lane.narrowing == {
        "policy": {
            "Version": "2012-10-17",
            "Statement": [
                STATEMENT,
                {
                    "Sid": "Objects",
                    "Effect": "Allow",
                    "Action": ["s3:GetObject", "s3:ListBucket"],
                    "Resource": ["arn:aws:s3:::shop/{project}/x"],
                    "Condition": {
                        "StringEquals": {"aws:RequestedRegion": ["eu-a", "eu-b"]}
                    },
                },
            ],
        }
    }


def test_scopes_and_details_are_typed_and_stored_as_the_server_takes_them(
    sam: Client,
) -> None:
    lane = made(sam, OAUTH)

    assert lane.narrowing == {
        "scope": "tickets:create tickets:read",
        "authorization_details": [
            {"type": "queue", "identifier": "{queue}", "actions": ["create"]},
            {"type": "board"},
        ],
    }


@pytest.mark.parametrize("typed", [AWS, OAUTH], ids=lambda typed: typed["kind"])
def test_a_lane_that_is_opened_and_saved_stays_as_it_is(
    sam: Client, typed: dict[str, Any]
) -> None:
    lane = made(sam, typed)

    answer = send(sam, shown_of(sam, lane), page(lane))

    assert answer.status_code == 302, errors_of(answer)
    assert CredentialLane.objects.get().version == 1


def test_each_saving_leaves_room_for_one_statement_more(sam: Client) -> None:
    more = {"actions_2": "logs:GetQueryResults", "resources_2": "arn:aws:logs:::x"}
    lane = made(sam, {**AWS, **more})

    shown = sam.get(page(lane)).content.decode()

    assert 'name="actions_3"' in shown
    assert 'name="actions_4"' not in shown


def test_what_was_typed_into_many_statements_is_kept_after_a_mistake(
    sam: Client,
) -> None:
    more = {"actions_5": "logs:GetQueryResults", "resources_5": ""}

    answer = send(sam, {**AWS, **more})

    assert "logs:GetQueryResults" in answer.content.decode()
    assert set(errors_of(answer)) == {"resources_5"}
    assert not CredentialLane.objects.exists()


def test_a_mistake_in_a_stored_policy_shows_all_that_was_typed(sam: Client) -> None:
    lane = made(sam, AWS)
    again = shown_of(sam, lane)
    full = {f"actions_{n}": "logs:Get" for n in (2, 3)}
    full |= {f"resources_{n}": "arn:aws:logs:::x" for n in (2, 3)}

    answer = send(sam, {**again, **full, "resources_3": "*"}, page(lane))

    assert answer.status_code == 200
    assert set(errors_of(answer)) == {"resources_3"}
    lane.refresh_from_db()
    assert lane.narrowing["policy"]["Statement"] == [STATEMENT]


def test_what_a_service_refuses_in_the_end_shows_all_that_was_typed(
    sam: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    lane = made(sam, AWS)
    again = shown_of(sam, lane)
    full = {f"actions_{n}": "logs:Get" for n in (2, 3)}
    full |= {f"resources_{n}": "arn:aws:logs:::x" for n in (2, 3)}

    def somebody_was_quicker(*_lane: Any, **_more: Any) -> None:
        raise Refused({"privilege": ["Somebody was quicker."]})

    monkeypatch.setattr(services, "save_lane", somebody_was_quicker)
    answer = send(sam, {**again, **full}, page(lane))

    assert errors_of(answer) == {"privilege": ["Somebody was quicker."]}
    assert 'name="actions_3"' in answer.content.decode()


def test_mistakes_of_all_fields_are_told_at_once_and_the_texts_kept(
    sam: Client,
) -> None:
    wrong = {"token_url": "", "scope": 'a "b"', "authorization_details": "type queue"}

    answer = send(sam, {**OAUTH, **wrong})

    assert set(errors_of(answer)) >= {"scope", "authorization_details"}
    assert "type queue" in answer.content.decode()


def test_a_placeholder_that_a_route_lacks_is_told_where_it_is_typed(
    sam: Client,
) -> None:
    lane = made(sam, {**OAUTH, "authorization_details": ""})
    version = RouteVersionFactory.create(lane=lane)
    save_draft(version, by=None, now=timezone.now())
    RouteVersion.objects.filter(pk=version.pk).update(state="published")
    version.route.published = version
    version.route.save()
    again = shown_of(sam, lane)

    answer = send(
        sam, {**again, "authorization_details": "type: {project}"}, page(lane)
    )

    (said,) = errors_of(answer)["authorization_details"]
    assert "{project}" in said
    assert str(version.route) in said


def a_lane_of_a_file() -> CredentialLane:
    """Return a lane whose map only a file can say."""
    details = [{"type": "payment", "amount": {"currency": "EUR", "most": 10}}]
    lane = CredentialLane(
        tenant=TenantFactory.create(),
        name="payments",
        kind="oauth_client",
        privilege="write",
        placement={"in": "authorization", "scheme": "Bearer"},
        settings={
            "token_url": "https://8.8.8.8/token",
            "client_id": "sealwright",
            "authentication": "client_secret_basic",
        },
        narrowing={"authorization_details": details},
    )
    save_lane(lane, by=None, now=timezone.now())
    return lane


def test_a_map_that_no_field_can_say_is_shown_and_left_as_it_is(sam: Client) -> None:
    lane = a_lane_of_a_file()
    stored = lane.narrowing

    shown = sam.get(page(lane))
    again = {**shown_of(sam, lane), "max_seconds": 600}
    answer = send(sam, {**again, "scope": "forged"}, page(lane))

    assert "currency: EUR" in shown.content.decode()
    assert "load_routes" in shown.content.decode()
    assert 'name="scope"' not in shown.content.decode()
    assert answer.status_code == 302, errors_of(answer)
    lane.refresh_from_db()
    assert (lane.narrowing, lane.max_seconds) == (stored, 600)


@pytest.mark.parametrize("kind", ["github_app", "aws_sts", "oauth_client"])
def test_every_field_of_a_map_says_what_to_write(sam: Client, kind: str) -> None:
    TenantFactory.create()

    form = sam.get(f"{ADD}?kind={kind}").context["adminform"].form

    fields = [form.fields[name] for name in form.map_shape.names]
    assert fields
    assert all(field.help_text for field in fields)
    assert not any('"' in str(field.help_text) for field in fields)


@pytest.mark.parametrize(
    ("changes", "at", "words"),
    [
        ({"header": "X-Api-Key"}, "header", "a header of its own"),
        ({"place": "header"}, "header", "Write the name of a header"),
        ({"place": "header", "header": "Cookie"}, "header", "not a header for cred"),
    ],
)
def test_a_header_is_named_where_the_credential_goes_into_one(
    sam: Client, changes: dict[str, str], at: str, words: str
) -> None:
    answer = send(sam, {**STATIC, **changes})

    (said,) = errors_of(answer)[at]
    assert words in said
    assert set(errors_of(answer)) == {at}
    assert not CredentialLane.objects.exists()


def test_a_header_of_its_own_is_stored_and_shown_again(sam: Client) -> None:
    lane = made(sam, {**STATIC, "place": "header", "header": "X-Api-Key"})

    again = shown_of(sam, lane)

    assert lane.placement == {"in": "header", "name": "X-Api-Key"}
    assert (again["place"], again["header"]) == ("header", "X-Api-Key")
