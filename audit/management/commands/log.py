"""``manage.py log``: what the log says, and the two things that only people decide."""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit import sealing
from audit.anchors.sending import ANCHORS
from audit.models import AnchorReceipt, Checkpoint, LogState, Record, Unsealed


class Command(BaseCommand):
    """Show the log, or accept a rollback."""

    help = "Show the log of the evidence; accept that the database was rolled back."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what is to be done."""
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("status", help="size, lag, last checkpoint, anchors")
        actions.add_parser("seal", help="seal now what waits")
        accept = actions.add_parser(
            "accept-rollback",
            help="go on from a restored backup: revokes every live claim, and begins "
            "a log with the next origin",
        )
        accept.add_argument("--reason", required=True, help="it is recorded")

    def handle(self, **options: Any) -> None:
        """Do it and say what came out."""
        action = {
            "status": self._status,
            "seal": self._seal,
            "accept-rollback": self._accept,
        }[options["action"]]
        action(options)

    def _status(self, _options: dict[str, Any]) -> None:
        newest, key = Checkpoint.objects.newest(), sealing.current_key()
        age = sealing.unsealed_age(now=timezone.now()).total_seconds()
        self.stdout.write(f"sealed    {newest.size if newest else 0:,} records")
        self.stdout.write(f"waiting   {Unsealed.objects.count():,}, oldest {age:.0f} s")
        for line in _anchors():
            self.stdout.write(f"anchored  {line}")
        self.stdout.write(f"key       {key or 'none yet'}")
        try:
            found = sealing.rollback_in_sight()
        except OSError as error:
            raise CommandError(_unreadable(error)) from error
        if found is not None:
            self.stdout.write(f"ROLLED BACK: {found}.")

    def _seal(self, _options: dict[str, Any]) -> None:
        try:
            sealed = sealing.seal_all(now=timezone.now())
        except (sealing.RolledBack, sealing.ForeignKey) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(_unreadable(error)) from error
        self.stdout.write(f"Sealed {sealed:,} records.")

    def _accept(self, options: dict[str, Any]) -> None:
        reason = options["reason"].strip()
        if not reason:
            raise CommandError("Say why: --reason is recorded.")
        try:
            origin = sealing.accept(reason=reason, now=timezone.now())
        except (sealing.RolledBack, sealing.ForeignKey) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Every live claim is revoked. The log goes on as {origin}: give its key "
            "(`manage.py log status`, after the next checkpoint) to whoever verifies."
        )


def _unreadable(error: OSError) -> str:
    return (
        f"AUDIT_ANCHOR_FILE can't be read ({error.strerror}), so nobody can tell "
        "whether the database was rolled back, and nothing is sealed: mend it."
    )


def _anchors() -> Iterator[str]:
    state = LogState.objects.filter(pk=1).first()
    failing = state.failing_anchors if state else []
    on = [name for name, anchor in ANCHORS.items() if anchor.is_on()]
    if not on:
        yield "nowhere: no anchor is on"
    for name in on:
        receipt = AnchorReceipt.objects.filter(anchor=name).order_by("-id").first()
        told = f"{receipt} at {receipt.at:%Y-%m-%d %H:%M:%S} UTC" if receipt else ""
        yield f"{told or f'{name}: not yet'}{_why(name) if name in failing else ''}"


def _why(name: str) -> str:
    own = Record.objects.filter(tenant=None, event="log.anchor_failed")
    last = own.filter(detail__anchor=name).order_by("-id").first()
    why = (last.detail or {}).get("why") if last else "see the log of the worker"
    return f"; FAILS: {why}"
