"""The log of the evidence: its anchors, and when it stops calls."""

from governance.settings.installation import DATA_DIR, env

# Put it on another volume or host; empty: no such file, and no rollback is noticed.
AUDIT_ANCHOR_FILE: str = env.str(
    "AUDIT_ANCHOR_FILE", default=str(DATA_DIR / "anchor" / "checkpoints")
)
AUDIT_ANCHOR_WEBHOOK_URL: str = env.str("AUDIT_ANCHOR_WEBHOOK_URL", default="")
AUDIT_ANCHOR_WEBHOOK_SECRET: str = env.str("AUDIT_ANCHOR_WEBHOOK_SECRET", default="")
AUDIT_ANCHOR_WEBHOOK_CIDRS: list[str] = env.list(
    "AUDIT_ANCHOR_WEBHOOK_CIDRS", default=[]
)
AUDIT_MAX_LAG_SECONDS: int = env.int("AUDIT_MAX_LAG_SECONDS", default=0)
