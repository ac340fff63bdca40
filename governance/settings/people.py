"""People: sign-in, sessions, pages, mail."""

from pathlib import Path

from governance.settings.installation import DATA_DIR, PRODUCTION, PUBLIC_URL, env

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

OIDC_FILE: str = env.str("OIDC_FILE", default="")
SOCIALACCOUNT_ADAPTER = "governance.oidc.adapter.OidcAdapter"
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_STORE_TOKENS = False  # nothing of ours asks a provider later
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {"provider_class": "governance.oidc.protocol.Provider"}
}
ACCOUNT_ADAPTER = "governance.accounts.AccountAdapter"
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

MAIL_DIR = Path(env.str("MAIL_DIR", default=str(DATA_DIR / "mail")))
vars().update(env.email_url("EMAIL_URL", default="smtp://localhost:25"))
EMAIL_TIMEOUT = 10  # seconds; by default a silent server holds a worker for ever
if not PRODUCTION:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(MAIL_DIR)
DEFAULT_FROM_EMAIL: str = env.str(
    "DEFAULT_FROM_EMAIL", default="Sealwright <no-reply@sealwright.invalid>"
)

SLACK_API_URL: str = env.str("SLACK_API_URL", default="https://slack.com/api")
SLACK_API_CIDRS: list[str] = env.list("SLACK_API_CIDRS", default=[])
