"""Every setting, read once.  The table for people is ``docs/settings.md``.

The files import in an empty environment; refusing to start on a missing or weak value
is the work of ``governance.checks`` and ``manage.py doctor``.
"""

from pathlib import Path

import django_stubs_ext

from governance.logs import logging_config
from governance.settings.agents import *
from governance.settings.evidence import *
from governance.settings.installation import *
from governance.settings.installation import BASE_DIR, DATA_DIR, PRODUCTION, env
from governance.settings.people import *
from governance.settings.seams import *
from governance.settings.storage import *

django_stubs_ext.monkeypatch()

ROOT_URLCONF = "governance.urls"
WSGI_APPLICATION = "governance.wsgi.application"
AUTH_USER_MODEL = "governance.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en-gb"
# Those that are translated: in a page, two languages are worse than one.
LANGUAGES = [("en-gb", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["governance.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
APPEND_SLASH = True

INSTALLED_APPS = [
    "governance.apps.GovernanceConfig",
    "approvals.apps.ApprovalsConfig",
    "proxy.apps.ProxyConfig",
    "audit.apps.AuditConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "rest_framework",
    "drf_spectacular",
]

MIDDLEWARE = [
    "governance.requests.RequestContext",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "governance.headers.SecurityHeaders",
    "approvals.polling.PeoplesPolls",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "governance.headers.SameOriginChanges",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "governance.signin.RequireSignIn",
    "governance.freshness.RequireFreshSignIn",
    "governance.access.PersonAccess",
    "governance.methods.MethodPage",
    "governance.bodies.BodyBound",
]

# What a call needs, and nothing more: no session, no cookie, no CSRF.
AGENT_PREFIXES = (
    *("/v1/", "/mcp", "/register"),
    *("/healthz", "/readyz", "/metrics", "/.well-known/"),
)
AGENT_MIDDLEWARE = [
    "governance.requests.RequestContext",
    "django.middleware.security.SecurityMiddleware",
    "governance.headers.SecurityHeaders",
    "governance.requests.KnownHost",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(DATA_DIR / "static")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_ALLOW_ALL_ORIGINS = False

LOG_LEVEL: str = env.str("LOG_LEVEL", default="INFO")
LOG_FORMAT: str = env.str("LOG_FORMAT", default="json" if PRODUCTION else "text")
LOGGING = logging_config(LOG_LEVEL, LOG_FORMAT)
OTEL_EXPORTER_OTLP_ENDPOINT: str = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", default="")
