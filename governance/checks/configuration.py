"""Settings that production does not start with."""

from collections.abc import Iterator
from typing import Final

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage
from django.db import DEFAULT_DB_ALIAS, router

from governance.checks.refusal import refusal
from governance.loading.document import DocumentInvalid
from governance.oidc.configuration import providers

MIN_SECRET_KEY_CHARACTERS: Final = 50
# What tells one use of a claim from a second must be read where it was written.
AUTHORITIES: Final = (
    ("approvals", "Claim"),
    ("approvals", "Approval"),
    ("proxy", "Call"),
    ("governance", "Tenant"),
)


def weak_configuration() -> Iterator[CheckMessage]:
    """Yield what production must not run with, the database aside."""
    yield from _weak_web()
    yield from _insecure_cookies()
    yield from _weak_database_settings()
    yield from _foreign_serializers()


def unreadable_providers() -> Iterator[CheckMessage]:
    """Yield what is wrong with the file of OpenID providers, anywhere."""
    try:
        found = providers()
    except DocumentInvalid as error:
        yield refusal("oidc_file", f"OIDC_FILE can't be used: {error}")
        return
    for each in found:
        if settings.PRODUCTION and not each.issuer.startswith("https://"):
            yield refusal(
                "oidc_issuer",
                f"The issuer of {each.id} is not https: anybody could be it.",
            )


def _weak_web() -> Iterator[CheckMessage]:
    if settings.DEBUG:
        yield refusal("debug", "DEBUG is on: unset it, it shows settings to anybody.")
    if len(settings.SECRET_KEY) < MIN_SECRET_KEY_CHARACTERS:
        yield refusal(
            "secret_key",
            f"django.key is missing, or shorter than {MIN_SECRET_KEY_CHARACTERS} "
            "characters: remove it and run `manage.py make_keys`; all sign in again.",
        )
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        yield refusal(
            "allowed_hosts",
            "ALLOWED_HOSTS is empty or *: name the hosts that people and agents use.",
        )
    if not settings.PUBLIC_URL.startswith("https://"):
        yield refusal(
            "public_url",
            "PUBLIC_URL is not https: set it to the address that people open, "
            "as in https://sealwright.example.com.",
        )


def _insecure_cookies() -> Iterator[CheckMessage]:
    flags = (
        "SESSION_COOKIE_SECURE",
        "SESSION_COOKIE_HTTPONLY",
        "CSRF_COOKIE_SECURE",
        "CSRF_COOKIE_HTTPONLY",
    )
    for flag in flags:
        if not getattr(settings, flag):
            yield refusal(
                "cookies", f"{flag} is off: leave it as the settings file has it."
            )


def _weak_database_settings() -> Iterator[CheckMessage]:
    if any(database["ATOMIC_REQUESTS"] for database in settings.DATABASES.values()):
        yield refusal(
            "atomic_requests",
            "ATOMIC_REQUESTS is on, so evidence of a refusal would be rolled back with "
            "it: turn it off.",
        )
    for app, name in AUTHORITIES:
        model = apps.get_model(app, name)
        if {router.db_for_read(model), router.db_for_write(model)} != {
            DEFAULT_DB_ALIAS
        }:
            yield refusal(
                "replica",
                f"A database router sends {name} elsewhere than to the database "
                f"“{DEFAULT_DB_ALIAS}”, where a spent claim may look unspent: take "
                "the model out of the router.",
            )


def _foreign_serializers() -> Iterator[CheckMessage]:
    accepted = list(settings.CELERY_ACCEPT_CONTENT)
    if settings.CELERY_TASK_SERIALIZER != "json" or accepted != ["json"]:
        yield refusal(
            "serializer",
            "Tasks use a serializer other than JSON, which lets the broker run code: "
            "set CELERY_TASK_SERIALIZER and CELERY_ACCEPT_CONTENT to json.",
        )
