"""A mail server on the loopback that keeps what it takes, or refuses."""

import email.policy
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_django import Settings

from tests.ports import a_port


class Mailbox:
    """What came; ``answer`` is what every message is answered."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.answer = "250 OK"

    async def handle_DATA(  # noqa: N802 - the server's name for it
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.envelopes.append(envelope)
        return self.answer

    @property
    def letters(self) -> list[EmailMessage]:
        """The messages as they came through the wire, oldest first."""
        return [
            message_from_bytes(each.content, EmailMessage, policy=email.policy.default)
            for each in self.envelopes
            if isinstance(each.content, bytes)
        ]


def parts(message: EmailMessage) -> tuple[str, str]:
    """Return the plain and the HTML part."""
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    return plain.get_content(), html.get_content()


@contextmanager
def mail_server(settings: Settings) -> Iterator[Mailbox]:
    """Run the server, and have the program send its mail there."""
    box = Mailbox()
    # The server's own probe can't wait on a port that it chose itself.
    server = Controller(box, hostname="127.0.0.1", port=a_port(), ready_timeout=120)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = server.port
    settings.EMAIL_USE_TLS = False
    settings.DEFAULT_FROM_EMAIL = "Sealwright <no-reply@sealwright.example>"
    yield box
    server.stop()
