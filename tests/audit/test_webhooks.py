"""Our webhooks verify with the scheme's own library, and only as they were sent."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from audit.webhooks import SecretRefused, signature_headers, written_secret

SECRET = written_secret(b"k" * 32)
OTHER = written_secret(b"o" * 32)
BODY = b'{"type":"approval.requested"}'


def test_the_published_example_comes_out() -> None:
    headers = signature_headers(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        at=datetime.fromtimestamp(1614265330, tz=UTC),
        body=b'{"test": 2432232314}',
    )

    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@given(st.binary(min_size=24, max_size=64), st.text(max_size=200))
def test_the_library_verifies_what_was_signed(key: bytes, text: str) -> None:
    secret, body = written_secret(key), text.encode()

    headers = signature_headers(
        secret, message_id="msg_1", at=timezone.now(), body=body
    )

    Webhook(secret).verify(body, headers, json_parse=False)


@pytest.mark.parametrize("secret", [SECRET, OTHER])
def test_either_secret_verifies_while_one_is_rotated(secret: str) -> None:
    headers = signature_headers(
        SECRET, message_id="msg_1", at=timezone.now(), body=BODY, previous=OTHER
    )

    assert Webhook(secret).verify(BODY, headers) == {"type": "approval.requested"}


@pytest.mark.parametrize(
    ("name", "value"),
    [("webhook-id", "msg_2"), ("webhook-timestamp", "1"), ("body", "{}")],
)
def test_nothing_else_verifies(name: str, value: str) -> None:
    headers = signature_headers(
        SECRET, message_id="msg_1", at=timezone.now(), body=BODY
    )
    altered = {**headers, "body": BODY.decode(), name: value}

    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(altered["body"], altered)


def test_another_secret_does_not_verify() -> None:
    headers = signature_headers(
        SECRET, message_id="msg_1", at=timezone.now(), body=BODY
    )

    with pytest.raises(WebhookVerificationError):
        Webhook(OTHER).verify(BODY, headers)


@pytest.mark.parametrize(
    "secret",
    ["", "whsec_", "whsec_!!", "whsec_é", SECRET.removeprefix("whsec_"), "whsec_YWJj"],
)
def test_what_is_no_secret_signs_nothing(secret: str) -> None:
    with pytest.raises(SecretRefused):
        signature_headers(secret, message_id="msg_1", at=timezone.now(), body=BODY)


@pytest.mark.parametrize("length", [0, 23, 65])
def test_a_key_of_another_length_makes_no_secret(length: int) -> None:
    with pytest.raises(SecretRefused):
        written_secret(b"k" * length)
