"""What kind of installation this is: mode, folders, names."""

from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()

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
