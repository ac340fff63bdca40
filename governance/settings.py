"""Every setting, read once.  The table for people is ``docs/settings.md``.

The file imports in an empty environment; refusing to start on a missing or weak value
is the work of ``governance.checks`` and ``manage.py doctor``.
"""

from pathlib import Path
from typing import Any

import django_stubs_ext
import environ

from governance.logs import logging_config

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# -- what kind of installation this is ------------------------------------------------

# production | demo | test.  The default is the strict one.
MODE: str = env.str("MODE", default="production")
PRODUCTION = MODE == "production"
DEBUG: bool = env.bool("DEBUG", default=False)
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var")))
KEYS_DIR = Path(env.str("KEYS_DIR", default=str(DATA_DIR / "keys")))
PUBLIC_URL: str = env.str("PUBLIC_URL", default="http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[])
TRUSTED_PROXIES: list[str] = env.list("TRUSTED_PROXIES", default=[])
VERSION = "0.1.0"


def _secret_key() -> str:
    # keys/django.key, like every other key; the empty environment has none.
    try:
        lines = (KEYS_DIR / "django.key").read_text().splitlines()
    except OSError:
        return "unset: governance.checks refuses to start with this"
    return next((line for line in lines if not line.startswith("#")), "")


SECRET_KEY: str = _secret_key()

# -- Django ---------------------------------------------------------------------------

ROOT_URLCONF = "governance.urls"
WSGI_APPLICATION = "governance.wsgi.application"
AUTH_USER_MODEL = "governance.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en-gb"
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
    "rest_framework",
    "drf_spectacular",
]

MIDDLEWARE = [
    "governance.requests.RequestContext",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "governance.headers.SecurityHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "governance.headers.SameOriginChanges",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "governance.signin.RequireSignIn",
    "governance.access.PersonAccess",
]

# What a call needs, and nothing more: no session, no cookie, no CSRF.
AGENT_PREFIXES = ("/v1/", "/healthz", "/readyz", "/metrics", "/.well-known/")
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

# -- database and queue ---------------------------------------------------------------

DATABASE_POOL_SIZE: int = env.int("DATABASE_POOL_SIZE", default=12)
STATEMENT_TIMEOUT_MS: int = env.int("STATEMENT_TIMEOUT_MS", default=5000)


def _database() -> dict[str, Any]:
    settings: dict[str, Any] = env.db_url(
        "DATABASE_URL", default="postgres://sealwright@127.0.0.1:5432/sealwright"
    )
    # Not psycopg.types: an integer 0 means that the role sets the timeout (PgBouncer).
    # The two statements of a call are prepared once; planning them each time costs more
    # than running them.  The threshold: only what asks for it is, and without one
    # psycopg prepares nothing, whoever asks.
    options = {
        "options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS} "
        "-c plan_cache_mode=force_generic_plan",
        "prepare_threshold": 1_000_000_000,
    }
    settings["OPTIONS"] = {
        **settings.get("OPTIONS", {}),
        **(options if STATEMENT_TIMEOUT_MS else {}),
    }
    if DATABASE_POOL_SIZE:
        pool = {"min_size": 1, "max_size": DATABASE_POOL_SIZE, "timeout": 5}
        settings["OPTIONS"]["pool"] = pool
    return settings


DATABASES = {"default": _database()}
MIGRATION_DATABASE_URL: str = env.str("MIGRATION_DATABASE_URL", default="")

REDIS_URL: str = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHES = {
    "default": {"BACKEND": "governance.caching.SharedOrOwn", "LOCATION": REDIS_URL}
}

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://")
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A broker that is away must not hold up the request that nudges it: without the last
# option Kombu, and not the task, tries to connect for six seconds.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 1,
    "socket_timeout": 2,
    "max_retries": 0,
}
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# -- people: sign-in, sessions, pages -------------------------------------------------

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_NAME = "__Host-session" if PRODUCTION else "session"
CSRF_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_NAME = "__Host-csrf" if PRODUCTION else "csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]  # also where TLS ends before it reaches us
CSRF_FAILURE_VIEW = "governance.views.form_refused"
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {  # named and shaped as in newer versions of Django
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}
LOGIN_URL = "/account/login/"
LOGIN_REDIRECT_URL = "/"
# off | optional | required
SECOND_FACTOR: str = env.str("SECOND_FACTOR", default="optional")
RECENT_SIGN_IN_SECONDS: int = env.int("RECENT_SIGN_IN_SECONDS", default=900)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in {
        "UserAttributeSimilarityValidator": {},
        "MinimumLengthValidator": {"min_length": 12},
        "CommonPasswordValidator": {},
    }.items()
]

ACCOUNT_ADAPTER = "governance.signin.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # admins make accounts and vouch for addresses
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_REAUTHENTICATION_TIMEOUT = RECENT_SIGN_IN_SECONDS
ACCOUNT_RATE_LIMITS = {"login_failed": "5/5m/key,20/5m/ip"}
MFA_ADAPTER = "governance.secondfactor.SecondFactorAdapter"
MFA_TOTP_ISSUER = "Sealwright"
MFA_SUPPORTED_TYPES = (
    [] if SECOND_FACTOR == "off" else ["totp", "webauthn", "recovery_codes"]
)
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TRUST_ENABLED = False  # no browser is remembered past the factor
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # the default takes a touch without a PIN

# -- mail -----------------------------------------------------------------------------

MAIL_DIR = Path(env.str("MAIL_DIR", default=str(DATA_DIR / "mail")))
vars().update(env.email_url("EMAIL_URL", default="smtp://localhost:25"))
EMAIL_TIMEOUT = 10  # seconds; by default a silent server holds a worker for ever
if not PRODUCTION:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(MAIL_DIR)
DEFAULT_FROM_EMAIL: str = env.str(
    "DEFAULT_FROM_EMAIL", default="Sealwright <no-reply@sealwright.invalid>"
)

# -- the agents' door -----------------------------------------------------------------

ISSUER: str = env.str("ISSUER", default=PUBLIC_URL)
AUDIENCE: str = env.str("AUDIENCE", default=f"{PUBLIC_URL}/executor")
CLAIM_SECONDS: int = env.int("CLAIM_SECONDS", default=300)
AGENT_CALLS_PER_SECOND: int = env.int("AGENT_CALLS_PER_SECOND", default=50)
AGENT_CALLS_BURST: int = env.int("AGENT_CALLS_BURST", default=200)
WEB_THREADS: int = env.int("WEB_THREADS", default=32)
WAITERS: int = env.int("WAITERS", default=WEB_THREADS // 4)
DATA_UPLOAD_MAX_MEMORY_SIZE = 262_144  # forms too: nobody uploads anything here
METRICS_TOKEN: str = env.str("METRICS_TOKEN", default="")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["proxy.authentication.AgentAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["proxy.authentication.IsAgent"],
    "DEFAULT_PARSER_CLASSES": ["proxy.rest.wire.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["proxy.rest.wire.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "proxy.rest.wire.OnlyJSON",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "governance.errors.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Sealwright",
    "DESCRIPTION": "The agents' door: governed calls, approvals and claims.",
    "VERSION": VERSION,
    "SERVE_INCLUDE_SCHEMA": False,
    "OAS_VERSION": "3.1.0",
}

# What a layer needs from one above it, by name, so that imports stay one straight line.
ROUTE_CHECK = "approvals.routes.check_route"
ROUTE_CHANGED = "approvals.routes.route_changed"
ROUTE_PREVIEW = "proxy.preview.preview_route"
EXECUTIONS = "proxy.pages.executions"
HOME_PARTS = [
    "proxy.pages.unresolved",
    "approvals.views.home.waiting",
    "governance.views.refusals",
]
ROUTE_VOTERS = "approvals.routes.who_could_vote"
GAUGES = ["audit.gauges.gauges", "approvals.gauges.gauges", "proxy.gauges.gauges"]
ON_STOP = ["proxy.capacity.stop_taking", "proxy.waiting.let_go"]

# -- logs and traces ------------------------------------------------------------------

LOG_LEVEL: str = env.str("LOG_LEVEL", default="INFO")
LOG_FORMAT: str = env.str("LOG_FORMAT", default="json" if PRODUCTION else "text")
LOGGING = logging_config(LOG_LEVEL, LOG_FORMAT)
OTEL_EXPORTER_OTLP_ENDPOINT: str = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", default="")
